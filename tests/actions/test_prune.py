"""Old rows go a little at a time, and never because a clock is wrong."""

from datetime import UTC, datetime

import pytest

from ispstatus.actions.prune import RUN_S, Prune, plan_prune, prune
from ispstatus.clock import Clock
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.store import events, minutes
from ispstatus.store.db import Db
from ispstatus.store.retention import DAY
from tests.helpers.make import NOON_TS, a_minute
from tests.store.kit import HandClock

OLDEST = NOON_TS - 410 * DAY


def fill(db: Db) -> None:
    """A minute each six hours for 410 days, and one of now."""
    with db.transaction():
        minutes.put_minutes(db, [a_minute(ts=ts) for ts in range(OLDEST, NOON_TS + 1, DAY // 4)])


def run_to_its_end(db: Db, run: Prune) -> Prune:
    while not run.is_done:
        with db.transaction():
            run = prune(db, run)
    return run


def step(kind: EventKind, ts: float) -> EngineEvent:
    return EngineEvent(datetime.fromtimestamp(ts, UTC), kind, "")


def test_a_run_forgets_two_days_at_most_and_the_next_one_goes_on(db: Db) -> None:
    fill(db)

    first = run_to_its_end(db, plan_prune(db, NOON_TS))
    assert minutes.reach(db)[0] == OLDEST + RUN_S
    assert first.deleted == 8

    while not (run := plan_prune(db, NOON_TS)).is_done:
        run_to_its_end(db, run)
    assert minutes.reach(db)[0] == NOON_TS - 400 * DAY


def test_a_slice_ends_after_its_time_and_goes_on_where_it_was(db: Db) -> None:
    fill(db)
    ticks = iter(range(1_000_000))
    db.clock = Clock(wall=lambda: NOON_TS, boot=lambda: next(ticks) * 0.03)

    run = prune(db, plan_prune(db, NOON_TS))

    assert not run.is_done
    assert run.deleted == 1
    assert run_to_its_end(db, run).deleted == 8


@pytest.mark.parametrize("kind", [EventKind.CLOCK_BACK, EventKind.CLOCK_FORWARD])
def test_nothing_is_forgotten_within_a_day_of_a_step_of_the_clock(db: Db, kind: EventKind) -> None:
    fill(db)
    events.add(db, step(kind, NOON_TS - DAY + 1))
    assert plan_prune(db, NOON_TS).is_done
    assert not plan_prune(db, NOON_TS + 2).is_done


def test_other_events_hold_nothing_up(db: Db) -> None:
    fill(db)
    events.add(db, step(EventKind.START, NOON_TS - 5))

    assert not plan_prune(db, NOON_TS).is_done


def test_ages_count_from_the_newest_minute_and_not_from_a_clock_that_ran_ahead(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(0)])

    assert plan_prune(db, NOON_TS + 5000 * DAY).is_done


def test_a_minute_in_the_future_makes_nothing_old(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(0), a_minute(ts=NOON_TS + 5000 * DAY)])

    assert plan_prune(db, NOON_TS + 60).is_done


def test_an_empty_memory_has_nothing_to_forget(db: Db, hands: HandClock) -> None:
    assert plan_prune(db, hands.wall_s).is_done
    assert prune(db, Prune()).is_done


def test_buckets_and_outages_stay_for_ever(db: Db) -> None:
    fill(db)
    db.run("INSERT INTO bucket VALUES (?, 1, 5, 0, 0, NULL, 0)", (OLDEST,))

    run_to_its_end(db, plan_prune(db, NOON_TS))

    assert db.value("SELECT count(*) FROM bucket") == 1
