"""What a step of the wall clock does to what is remembered."""

from ispstatus.actions.clock import quarantine_future
from ispstatus.actions.minutes import put_minutes
from ispstatus.model.state import State
from ispstatus.store import buckets, chunks, meta, minutes, outages, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, a_minute, an_outage
from tests.store.kit import HandClock

HOUR_BACK = NOON_TS - 3600 + 30.0


def hour(db: Db) -> None:
    """The hour up to noon, an outage in it, and what follows from them."""
    with db.transaction():
        put_minutes(db, [a_minute(n) for n in range(-120, 0)])
        outages.add(db, an_outage(-600, 60))


def test_after_a_step_back_the_future_is_set_aside_and_the_rest_is_frozen(db: Db, hands: HandClock) -> None:
    hour(db)
    hands.wall_s = HOUR_BACK

    moved = quarantine_future(db, HOUR_BACK)

    assert moved == 59 + 1
    assert minutes.reach(db)[1] == NOON_TS - 3600
    assert outages.count(db, 1, 0, 1 << 61) == 0
    assert db.value("SELECT count(*) FROM quarantine") == 60
    before = minutes.minutes_between(db, 1, NOON_TS - 3600, NOON_TS)
    assert put_minutes(db, [a_minute(-60, state=State.DOWN, up_s=0, down_s=60)]) == 0
    assert minutes.minutes_between(db, 1, NOON_TS - 3600, NOON_TS) == before
    assert put_minutes(db, [a_minute(-59)]) == 1, "time goes on"


def test_what_was_served_of_the_future_is_not_served_any_more(db: Db, hands: HandClock) -> None:
    hour(db)
    hands.wall_s = HOUR_BACK
    chunks.put(db, chunks.build(db, 1, NOON_TS // chunks.DAY, lambda *_: {}))
    revision = uplinks.revision(db, 1)

    quarantine_future(db, HOUR_BACK)

    last = buckets.buckets_between(db, 1, NOON_TS - 3600, NOON_TS)
    assert [(bucket.ts, bucket.up) for bucket in last] == [(NOON_TS - 3600, 1)], "the bucket in hand is made anew"
    assert uplinks.revision(db, 1) > revision
    assert chunks.days(db, 1, 0) == set()


def test_a_small_step_back_sets_nothing_aside_and_still_freezes(db: Db) -> None:
    put_minutes(db, [a_minute(0)])

    assert quarantine_future(db, NOON_TS + 30.0) == 0
    assert meta.frozen_until_ts(db) == NOON_TS + 60


def test_a_start_without_a_step_changes_nothing(db: Db) -> None:
    hour(db)

    assert quarantine_future(db, NOON_TS + 30.0, has_stepped=False) == 0
    assert meta.frozen_until_ts(db) == 0


def test_a_start_with_a_clock_that_is_behind_sets_the_future_aside(db: Db, hands: HandClock) -> None:
    hour(db)
    hands.wall_s = HOUR_BACK

    assert quarantine_future(db, HOUR_BACK, has_stepped=False) == 60
    assert meta.frozen_until_ts(db) == NOON_TS - 3600 + 60


def test_a_clock_nobody_has_set_yet_costs_no_history(db: Db) -> None:
    hour(db)

    assert quarantine_future(db, HOUR_BACK, has_stepped=False, is_trusted=False) == 0
    assert minutes.reach(db)[1] == NOON_TS - 60
    assert meta.frozen_until_ts(db) == NOON_TS, "and rewrites none"


def test_a_clock_from_before_all_history_costs_none(db: Db) -> None:
    hour(db)

    assert quarantine_future(db, 100.0) == 0
    assert minutes.reach(db)[1] == NOON_TS - 60


def test_an_empty_memory_is_no_trouble(db: Db) -> None:
    assert quarantine_future(db, 100.0) == 0
    assert quarantine_future(db, NOON_TS, has_stepped=False) == 0
