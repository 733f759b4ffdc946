"""What was stored before insight is there after it: exact where it was counted, a fair guess for what was not."""

from pathlib import Path
from random import Random

import pytest

from ispstatus.analytics.aggregates import aggregate_of, jitter_ms, loss_pct, mean_ms, stdev_ms
from ispstatus.model.series import Aggregate, HalfMinute, Hour, Protocol
from ispstatus.store import hours, samples, series
from ispstatus.store.db import Db, open_writer
from ispstatus.store.hours import DAY, HOUR
from ispstatus.store.layout import backups_of
from ispstatus.store.migrate import migrate, migrations
from ispstatus.store.runs import pack_run
from ispstatus.store.series import Series
from tests.helpers.make import NOON_TS
from tests.store.kit import halves_between

FIGURES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ANSWERED = (30, 29, 580_000, 19_000, 20_000, 25_000, 28_000, 27)
LONELY = (1, 1, 20_000, 20_000, 20_000, 20_000, 0, 0)
SILENT = (30, 0, 0, None, None, None, 0, 0)
MIDNIGHT_TS = NOON_TS - NOON_TS % DAY


@pytest.fixture
def before(tmp_path: Path) -> Db:
    """A database as version 1 left it."""
    db = open_writer(tmp_path / "ispstatus.db")
    migrate(db, migrations()[:1])
    with db.transaction():
        db.run("INSERT INTO uplink (name, position, is_configured, settings) VALUES ('fibre', 0, 1, '{}')")
        db.many("INSERT INTO series VALUES (?, ?, ?)", [(4, 1, "192.0.2.1"), (9, 1, "192.0.2.2")])
        for table in ("sample", "sample_kept"):
            db.run(f"INSERT INTO {table} VALUES (?, 4, ?)", (NOON_TS, pack_run([0, 1000], [20_000, None])))
        rows = [(NOON_TS, 4, *ANSWERED), (NOON_TS, 9, *SILENT), (NOON_TS + 30, 4, *LONELY)]
        db.many(f"INSERT INTO sample_30s VALUES {FIGURES}", rows)
        days = [MIDNIGHT_TS + hour * HOUR for hour in (2, 3, 25)]
        db.many(f"INSERT INTO sample_hour VALUES {FIGURES}", [(ts, 4, *ANSWERED) for ts in days])
    return db


@pytest.fixture
def after(before: Db) -> Db:
    migrate(before, migrations()[:2])
    return before


def test_series_keep_their_numbers_and_are_echoes_to_public_targets(after: Db) -> None:
    assert series.every(after) == [
        Series(4, 1, "192.0.2.1", Protocol.ICMP, is_own=False),
        Series(9, 1, "192.0.2.2", Protocol.ICMP, is_own=False),
    ]


def test_raw_samples_stay(after: Db) -> None:
    assert samples.run_of(after, NOON_TS, 4) == ((0, 1000), (20_000, None))
    assert after.value("SELECT count(*) FROM sample_kept") == 1


def test_half_minutes_keep_what_was_counted(after: Db) -> None:
    found = halves_between(after, MIDNIGHT_TS, MIDNIGHT_TS + DAY)

    ((_, answered), (_, lonely)) = found[4]
    assert found[9] == [(NOON_TS, HalfMinute(Aggregate(30, 30)))]
    assert lonely == HalfMinute(Aggregate(1, 0, 20_000, 20_000, 20_000, 400_000_000), 20_000)
    assert (answered.sums.sent, answered.sums.lost, answered.median_us) == (30, 1, 20_000)
    assert (answered.sums.min_us, answered.sums.max_us) == (19_000, 25_000)
    assert mean_ms(answered.sums) == 20.0
    assert jitter_ms(answered.sums) == pytest.approx(28 / 27)
    assert loss_pct(answered.sums) == pytest.approx(100 / 30)
    assert not answered.is_flagged


def test_the_spread_nobody_kept_is_told_from_the_differences(after: Db) -> None:
    answered = halves_between(after, MIDNIGHT_TS, MIDNIGHT_TS + DAY)[4][0][1]

    assert stdev_ms(answered.sums) == pytest.approx(0.886 * 28 / 27, rel=0.01)


def test_the_guess_is_right_where_samples_do_not_depend_on_each_other() -> None:
    draw = Random(3)
    whole = aggregate_of([round(draw.gauss(20_000, 700)) for _ in range(5000)])
    guess = whole.sum_us**2 / whole.received + 0.7854 * whole.received * (whole.steps_us / whole.steps) ** 2

    assert stdev_ms(Aggregate(5000, 0, whole.sum_us, squares_us2=round(guess))) == pytest.approx(0.7, rel=0.05)


def test_hours_stay_and_their_days_are_added_up(after: Db) -> None:
    found = hours.of_protocol(after, 1, Protocol.ICMP, 0, NOON_TS * 2)

    assert [ts for ts, _, _ in found] == [MIDNIGHT_TS + hour * HOUR for hour in (2, 3, 25)]
    hour = found[0][2]
    assert hour == Hour(hour.sums, 20_000)
    assert (hour.sums.sent, hour.sums.lost, hour.sums.sum_us) == (30, 1, 580_000)
    assert after.rows("SELECT ts, series_id, sent, lost, sum_us, windows FROM sample_day") == [
        (MIDNIGHT_TS, 4, 60, 2, 1_160_000, 0)  # the day of the newest hour is not over
    ]


def test_it_was_copied_first(after: Db) -> None:
    assert len(list(backups_of(after.path).iterdir())) == 1


def test_a_database_without_samples_takes_the_step(tmp_path: Path) -> None:
    db = open_writer(tmp_path / "empty.db")

    assert migrate(db, migrations()[:2]) == 2
    assert db.value("SELECT count(*) FROM sample_day") == 0
