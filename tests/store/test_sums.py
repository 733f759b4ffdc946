"""Whatever tables a window is read from, it adds up to its half minutes."""

from dataclasses import replace
from random import Random

import pytest

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.samples import record_runs
from ispstatus.model.series import Aggregate, Events, HalfMinute, Hour
from ispstatus.store import half_minutes, hours, sums
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON_TS, a_run
from tests.store.kit import halves_between

MIDNIGHT_TS = NOON_TS - NOON_TS % DAY
SPAN_S = 2 * DAY + 9 * HOUR


@pytest.fixture
def full(db: Db) -> Db:
    """Two days and nine hours of two series, with holes, from three in the morning on."""
    draw, pasts = Random(4), Pasts()
    with db.transaction():
        for ts in range(MIDNIGHT_TS + 3 * HOUR, MIDNIGHT_TS + 3 * HOUR + SPAN_S, 240):
            rtts = tuple(draw.choice((None, draw.randrange(3_000_000))) for _ in range(3))
            runs = [
                replace(a_run(target=target, offsets_ms=(0, 20_000, 40_000), rtts_us=rtts), ts=ts)
                for target in ("a", "b")
                if draw.random() < 0.8
            ]
            record_runs(db, runs, pasts)
    return db


def slow(db: Db, start_ts: int, end_ts: int) -> dict[int, tuple[Aggregate, Events]]:
    """Add up every half minute of the window, one by one."""
    found = {}
    for number, halves in halves_between(db, start_ts, end_ts).items():
        every = [half.sums for _, half in halves]
        flagged = sum(half.is_flagged for _, half in halves)
        totals = Aggregate(
            sum(one.sent for one in every),
            sum(one.lost for one in every),
            sum(one.sum_us for one in every),
            squares_us2=sum(one.squares_us2 for one in every),
        )
        found[number] = totals, Events(len(every), flagged)
    return found


def test_every_window_adds_up_to_its_half_minutes(full: Db) -> None:
    draw = Random(9)
    first_ts = MIDNIGHT_TS + 2 * HOUR
    windows = [sorted(draw.randrange(first_ts, first_ts + SPAN_S + 3 * HOUR) for _ in range(2)) for _ in range(60)]
    edges = [[MIDNIGHT_TS, MIDNIGHT_TS + n * HOUR] for n in (4, 5, 24, 25, 48, 57, 90)]

    for start_ts, end_ts in [*windows, *edges]:
        assert sums.between(full, start_ts, end_ts) == slow(full, start_ts, end_ts), (start_ts, end_ts)


def test_some_series_are_added_up_by_themselves(full: Db) -> None:
    both = sums.between(full, MIDNIGHT_TS, MIDNIGHT_TS + 2 * DAY)

    assert sums.between(full, MIDNIGHT_TS, MIDNIGHT_TS + 2 * DAY, {2}) == {2: both[2]}
    assert sums.between(full, MIDNIGHT_TS, MIDNIGHT_TS + 2 * DAY, ()) == {}


def test_what_is_older_than_the_half_minutes_begins_with_a_full_hour(db: Db) -> None:
    for hour in (0, 1, 24 * 9):
        hours.put_hour(db, MIDNIGHT_TS + hour * HOUR, {1: Hour(Aggregate(10))})

    half_minutes.put(db, [(MIDNIGHT_TS + 120, 1, HalfMinute(Aggregate(3)))])  # not forgotten yet

    found = sums.between(db, MIDNIGHT_TS + 60, MIDNIGHT_TS + 3 * HOUR)

    assert found == {1: (Aggregate(10), Events())}


def test_a_quarter_of_the_worst_that_can_be_measured_still_adds_up(db: Db) -> None:
    worst = Aggregate(3600, 0, 3600 * 3_000_000, squares_us2=3600 * 9 * 10**12)
    for hour in range(90 * 24):
        hours.put_hour(db, MIDNIGHT_TS + hour * HOUR, {1: Hour(worst)})
    for day in range(90):
        hours.sum_day(db, MIDNIGHT_TS + day * DAY)

    ((total, _),) = sums.between(db, MIDNIGHT_TS, MIDNIGHT_TS + 90 * DAY).values()
    assert total.squares_us2 == 90 * 24 * worst.squares_us2 > 1 << 63
