"""Minutes, and what follows from them in the same transaction."""

from dataclasses import replace

from ispstatus.actions.minutes import put_minutes, record_minutes
from ispstatus.model.decision import Decision, Standing
from ispstatus.model.record import Run
from ispstatus.model.state import Fault, Reason, State
from ispstatus.store import buckets, meta, minutes, outages, samples, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS, a_memory, a_minute, an_outage, at
from tests.store.kit import HandClock


def test_a_minute_is_stored_with_its_echoes_and_the_present_verdicts(db: Db) -> None:
    standing = Standing(Decision(State.UP, Reason.OK, Fault.NONE), NOON, at(60))
    run = Run(1, "192.0.2.1", NOON_TS, (0, 1000), (9_000, None))

    with db.transaction():
        assert record_minutes(db, [a_minute()], [run], {1: (standing, a_memory())}) == 1

    assert minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 60) == [a_minute()]
    assert samples.runs_between(db, [1], NOON_TS, NOON_TS + 60) == [(NOON_TS, 1, run.offsets_ms, run.rtts_us)]
    assert uplinks.standings(db) == {1: (standing, a_memory())}
    assert uplinks.first_minutes(db) == {1: NOON_TS}


def test_an_outage_that_lasts_is_seen_to_last_each_minute(db: Db) -> None:
    number = outages.add(db, an_outage(0, None))
    down = Standing(Decision(State.DOWN, Reason.NO_CARRIER, Fault.ACCESS), NOON, at(60))
    up = Standing(Decision(State.UP, Reason.OK, Fault.NONE), NOON, at(120))

    record_minutes(db, [], [], {1: (down, a_memory())})
    record_minutes(db, [], [], {1: (up, a_memory())})

    outage = outages.get(db, number)
    assert outage is not None
    assert outage.last_bad_at == at(60)


def test_a_minute_given_again_replaces_and_an_equal_one_changes_nothing(db: Db) -> None:
    changed = a_minute(state=State.DOWN, up_s=10, down_s=50)

    assert put_minutes(db, [a_minute()]) == 1
    assert put_minutes(db, [a_minute()]) == 0
    assert put_minutes(db, [changed]) == 1
    assert minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 60) == [changed]


def test_minutes_from_before_a_step_back_are_not_rewritten_but_gaps_are_filled(db: Db) -> None:
    put_minutes(db, [a_minute(0)])
    meta.put(db, meta.FROZEN, str(NOON_TS + 180))

    assert put_minutes(db, [a_minute(0, sent=1), a_minute(1)]) == 1

    assert [minute.sent for minute in minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 180)] == [60, 60]


def test_a_late_change_of_a_served_minute_is_in_its_bucket_and_counts(db: Db, hands: HandClock) -> None:
    hands.wall_s = NOON_TS + 290.0
    put_minutes(db, [a_minute(n) for n in range(5)])
    hands.wall_s = NOON_TS + 320.0
    before = uplinks.revision(db, 1)

    put_minutes(db, [replace(a_minute(4), state=State.DOWN, up_s=0, down_s=60)])

    (bucket,) = buckets.buckets_between(db, 1, NOON_TS, NOON_TS + 300)
    assert (bucket.down, bucket.down_s, bucket.state) == (1, 60, State.DOWN)
    assert uplinks.revision(db, 1) == before + 1


def test_nothing_at_all_is_no_change(db: Db) -> None:
    assert record_minutes(db, []) == 0
