"""A verdict and everything that follows from it is one transaction; restarts continue what they find."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ispstatus.actions.rollup import close_days
from ispstatus.actions.verdicts import continued, record_event, record_verdict, save_trace
from ispstatus.model.decision import Decision, Standing
from ispstatus.model.record import EngineEvent, EventKind, Outage, Transition
from ispstatus.model.sample import Hop, Trace
from ispstatus.model.state import Fault, Reason, State
from ispstatus.store import chunks, events, minutes, outages, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS, a_memory, a_minute, an_outage, at
from tests.store.kit import HandClock

FOREVER = 1 << 61
TODAY = NOON_TS // chunks.DAY


def standing(state: State = State.UP, since: datetime = NOON, judged: datetime | None = None) -> Standing:
    return Standing(Decision(state, Reason.OK, Fault.NONE), since_at=since, judged_at=judged or since)


def record(db: Db, state: State = State.UP, since: datetime = NOON, **more: Any) -> int | None:
    with db.transaction():
        return record_verdict(db, uplink_id=1, standing=standing(state, since), memory=a_memory(), **more)


def stored(db: Db, number: int | None) -> Outage:
    found = outages.get(db, number or 0)
    assert found is not None
    return found


def test_a_verdict_is_stored_with_its_transition_its_minutes_and_its_outage(db: Db) -> None:
    transition = Transition(1, NOON, State.DOWN, Reason.NO_CARRIER, Fault.ACCESS, "no carrier", {"a": 1})
    down = a_minute(state=State.DOWN, up_s=20, down_s=40)

    number = record(db, State.DOWN, transition=transition, minutes=[down], outage=an_outage(0, None))

    assert uplinks.standings(db) == {1: (standing(State.DOWN), a_memory())}
    assert outages.transitions(db, 1, 0, FOREVER) == [replace(transition, id=1)]
    assert minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 60) == [down]
    assert stored(db, number).is_ongoing


def test_a_verdict_that_changes_nothing_leaves_no_transition(db: Db) -> None:
    assert record(db) is None
    assert outages.transitions(db, 1, 0, FOREVER) == []


def test_an_outage_is_written_over_by_its_number(db: Db) -> None:
    number = record(db, State.DOWN, outage=an_outage(0, None))

    assert record(db, State.UP, at(90), outage=an_outage(0, 90, id=number)) == number
    assert stored(db, number).first_good_at == at(90)
    assert outages.count(db, 1, 0, FOREVER) == 1


def test_an_outage_whose_row_was_lost_is_written_anew(db: Db) -> None:
    number = record(db, State.UP, outage=an_outage(0, 90, id=77))

    assert stored(db, number) == an_outage(0, 90, id=number)


# ---------------------------------------------------------------- restarts
def test_down_before_and_after_a_restart_is_one_outage_and_the_time_between_unknown(db: Db) -> None:
    first = record(db, State.DOWN, outage=an_outage(0, None, last_bad_at=at(60)))

    again = record(db, State.DOWN, at(200), outage=an_outage(200, None))

    assert again == first
    outage = stored(db, first)
    assert (outage.first_bad_at, outage.last_bad_at, outage.unknown_s) == (NOON, at(200), 140)
    assert outage.is_ongoing


def test_an_outage_that_ended_while_nobody_looked_ends_with_the_first_good_verdict(db: Db) -> None:
    number = record(db, State.DOWN, outage=an_outage(0, None, last_bad_at=at(60)))

    assert record(db, State.UP, at(300)) is None

    assert stored(db, number).first_good_at == at(300)


def test_an_outage_never_ends_before_it_was_last_seen(db: Db) -> None:
    number = record(db, State.DOWN, outage=an_outage(0, None, last_bad_at=at(60)))

    record(db, State.DEGRADED, at(30))

    assert stored(db, number).first_good_at == at(60)


def test_unknown_ends_no_outage(db: Db) -> None:
    number = record(db, State.DOWN, outage=an_outage(0, None))

    record(db, State.UNKNOWN, at(60))

    assert stored(db, number).is_ongoing


def test_a_continued_outage_keeps_its_beginning_and_adds_up_what_nobody_saw() -> None:
    lasting = an_outage(0, None, id=5, last_bad_at=at(100), unknown_s=10)
    seen = an_outage(150, 30, unknown_s=3, carrier_down_at=at(150))

    assert continued(lasting, seen) == replace(
        lasting, last_bad_at=at(179), first_good_at=at(180), unknown_s=63, carrier_down_at=at(150)
    )
    assert continued(lasting, an_outage(50, None)).unknown_s == 10, "no negative time"
    assert continued(lasting, an_outage(50, None)).last_bad_at == at(100)


# ---------------------------------------------------------------- what was served
def test_an_edge_that_moves_in_a_served_day_unserves_it(db: Db, hands: HandClock) -> None:
    hands.wall_s = NOON_TS + 2 * chunks.DAY
    with db.transaction():
        minutes.put_minutes(db, [a_minute(n) for n in range(10)])
        close_days(db)
    assert chunks.days(db, 1, 0) == {TODAY}
    revision = uplinks.revision(db, 1)

    number = record(db, outage=an_outage(0, 30))
    assert chunks.days(db, 1, 0) == set()
    assert uplinks.revision(db, 1) > revision

    close_days(db)
    revision = uplinks.revision(db, 1)
    record(db, outage=an_outage(0, 30, id=number))
    assert (chunks.days(db, 1, 0), uplinks.revision(db, 1)) == ({TODAY}, revision), "no edge has moved"


def test_an_outage_of_this_moment_unserves_nothing(db: Db, hands: HandClock) -> None:
    hands.wall_s = NOON_TS + 30.0
    revision = uplinks.revision(db, 1)

    record(db, State.DOWN, outage=an_outage(0, None))

    assert uplinks.revision(db, 1) == revision


# ---------------------------------------------------------------- traces and events
def test_a_trace_lies_with_its_outage_beside_the_baseline(db: Db) -> None:
    trace = Trace("192.0.2.1", reached=True, hops=(Hop(1, "203.0.113.1", 1.0),), taken_ts=NOON_TS)
    number = record(db, State.DOWN, outage=an_outage(0, None))

    save_trace(db, 1, trace, outage_id=None)
    save_trace(db, 1, replace(trace, reached=False), outage_id=number)

    outage = stored(db, number)
    assert outage.trace is not None
    assert outage.baseline_trace is not None
    assert (outage.trace["reached"], outage.baseline_trace["reached"]) == (False, True)


def test_what_happens_to_the_engine_is_remembered(db: Db) -> None:
    event = EngineEvent(NOON + timedelta(microseconds=1), EventKind.START, "started")

    record_event(db, event)

    assert events.between(db, 0, FOREVER) == [event]
