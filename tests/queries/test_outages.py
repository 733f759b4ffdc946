from dataclasses import replace

from ispstatus.model.record import Transition
from ispstatus.model.sample import Trace
from ispstatus.model.state import Fault, Reason, State
from ispstatus.model.window import Window
from ispstatus.queries.outages import baseline_trace, count_outages, open_outage, outages, transitions
from ispstatus.queries.reader import Reader
from ispstatus.store import outages as store
from ispstatus.store.db import PAGE, Db
from tests.helpers.make import NOON, NOON_TS, an_outage, at

LONG = Window(NOON, at(1_000_000))


def test_thousands_come_newest_first_in_pages_while_new_ones_begin(reader: Reader, db: Db) -> None:
    with db.transaction():
        for number in range(PAGE + 20):
            store.add(db, an_outage(number * 10, 5, evidence={"n": number}))
    assert count_outages(reader, 1, LONG) == PAGE + 20

    found = outages(reader, None, LONG)
    first = next(found)
    store.add(db, an_outage(900_000, 5))
    rest = list(found)

    assert first.evidence == {"n": PAGE + 19}
    assert [outage.evidence for outage in rest] == [{"n": number} for number in range(PAGE + 18, -1, -1)]


def test_outages_of_one_or_of_all(reader: Reader, db: Db) -> None:
    store.add(db, an_outage(0, 5))
    number = store.add(db, an_outage(10, None, uplink_id=2))

    assert [outage.uplink_id for outage in outages(reader, None, LONG)] == [2, 1]
    assert [outage.uplink_id for outage in outages(reader, 1, LONG)] == [1]
    assert (count_outages(reader, 2, LONG), count_outages(reader, 3, LONG)) == (1, 0)
    assert open_outage(reader, 2) == an_outage(10, None, uplink_id=2, id=number)
    assert open_outage(reader, 1) is None


def test_transitions_are_the_newest_of_a_window(reader: Reader, db: Db) -> None:
    told = [Transition(1, at(n), State.UP, Reason.OK, Fault.NONE, f"{n}", {}) for n in range(PAGE + 5)]
    with db.transaction():
        for transition in told:
            store.add_transition(db, transition)

    found = transitions(reader, 1, LONG)

    assert len(found) == PAGE
    assert (found[0].explanation, found[-1].explanation) == (f"{PAGE + 4}", "5")
    assert transitions(reader, 1, Window(NOON, at(1))) == (replace(told[0], id=1),)


def test_the_baseline_is_the_newest_trace_of_a_good_time(reader: Reader, db: Db) -> None:
    trace = Trace("192.0.2.1", reached=True, hops=(), taken_ts=NOON_TS)
    assert baseline_trace(reader, 1) is None
    store.add_trace(db, 1, trace, None)

    assert baseline_trace(reader, 1) == trace
