from dataclasses import replace

import pytest

from ispstatus.model.errors import StorageError
from ispstatus.model.record import Transition
from ispstatus.model.sample import Hop, Trace
from ispstatus.model.state import Fault, Reason, State
from ispstatus.store import outages
from ispstatus.store.codec import to_us
from ispstatus.store.db import PAGE, Db
from tests.helpers.make import NOON, NOON_TS, an_outage, at

FOREVER = 1 << 61
US = 1_000_000


def us(seconds: float) -> int:
    return to_us(at(seconds))


def a_trace(taken_ts: int, last: str = "192.0.2.1") -> Trace:
    hops = (Hop(1, "203.0.113.1", 0.8), Hop(2, None, None), Hop(3, last, 9.0))
    return Trace("192.0.2.1", reached=True, hops=hops, taken_ts=taken_ts)


# ---------------------------------------------------------------- transitions
@pytest.mark.parametrize("state", State)
def test_a_transition_survives_with_its_evidence(db: Db, state: State) -> None:
    transition = Transition(1, NOON, state, Reason.OK, Fault.NONE, "words", {"ping": [{"ok": None, "rtt_ms": 1.5}]})
    number = outages.add_transition(db, transition)

    assert outages.transitions(db, 1, 0, FOREVER) == [replace(transition, id=number)]


def test_transitions_come_newest_first(db: Db) -> None:
    for seconds in (5, 1, 3, 3):
        outages.add_transition(db, Transition(1, at(seconds), State.UP, Reason.OK, Fault.NONE, "", {}))

    assert [t.at for t in outages.transitions(db, 1, us(1), us(5))] == [at(3), at(3), at(1)]
    assert [t.id for t in outages.transitions(db, 1, us(1), us(5), 2)] == [4, 3]
    assert outages.transitions(db, 2, 0, FOREVER) == []


# ---------------------------------------------------------------- outages
def test_an_outage_survives_with_its_four_edges_and_its_evidence(db: Db) -> None:
    outage = an_outage(0.123456, 60, carrier_down_at=at(0.1), unknown_s=7, explanation="why", evidence={"a": [1, None]})
    number = outages.add(db, outage)

    assert outages.get(db, number) == replace(outage, id=number)
    assert outages.get(db, number + 1) is None


def test_an_outage_is_changed_by_its_number_and_keeps_its_evidence(db: Db) -> None:
    number = outages.add(db, an_outage(0, None, evidence={"a": 1}))

    assert outages.change(db, an_outage(0, 90, id=number))
    assert not outages.change(db, an_outage(0, 90, id=number + 1))
    assert not outages.change(db, an_outage(0, 90))
    assert outages.get(db, number) == an_outage(0, 90, id=number, evidence={"a": 1})


def test_the_open_outage_is_the_uplinks_own(db: Db) -> None:
    outages.add(db, an_outage(0, 10))
    number = outages.add(db, an_outage(20, None))
    outages.add(db, an_outage(30, None, uplink_id=2))

    found = outages.open_outage(db, 1)
    assert found is not None
    assert found.id == number
    assert outages.open_outage(db, 3) is None


def test_an_outage_that_lasts_is_seen_to_last_and_never_to_shrink(db: Db) -> None:
    number = outages.add(db, an_outage(0, None))
    closed = outages.add(db, an_outage(-100, 50))
    for seconds in (60, 30):
        outages.still_down(db, 1, us(seconds))

    assert [getattr(outages.get(db, n), "last_bad_at", None) for n in (number, closed)] == [at(60), at(-51)]


def test_outages_that_touch_a_span_are_found_newest_first(db: Db) -> None:
    before, into, inside, out_of, lasting, after = (
        outages.add(db, an_outage(start, length))
        for start, length in ((-100, 100), (-50, 51), (10, 5), (90, 100), (95, None), (100, 5))
    )

    found = [outage.id for outage in outages.page(db, 1, us(0), us(100))]

    assert found == [lasting, out_of, inside, into]
    assert {before, after}.isdisjoint(found)
    assert outages.count(db, 1, us(0), us(100)) == 4
    assert [outage.id for outage in outages.edges(db, 1, us(0), us(100))] == found[::-1]
    assert outages.count(db, 2, us(0), us(100)) == 0
    assert outages.count(db, None, us(0), us(100)) == 4


def test_thousands_are_read_a_page_at_a_time_and_none_is_lost(db: Db) -> None:
    total = 2 * PAGE + 3
    with db.transaction():
        for number in range(total):
            outages.add(db, an_outage(number // 2 * 10, 1))

    pages, after = [], None
    while page := outages.page(db, None, 0, FOREVER, after):
        pages.append([outage.id or 0 for outage in page])
        after = to_us(page[-1].first_bad_at), page[-1].id or 0

    assert [len(page) for page in pages] == [PAGE, PAGE, 3]
    assert sorted(number for page in pages for number in page) == list(range(1, total + 1))
    assert [outage.id for outage in outages.edges(db, 1, 0, FOREVER)] == list(range(1, total + 1))


def test_damaged_evidence_is_a_storage_error(db: Db) -> None:
    number = outages.add(db, an_outage(0, 1, evidence={"a": 1}))
    db.run("UPDATE outage SET evidence = x'00'")

    with pytest.raises(StorageError):
        outages.get(db, number)


# ---------------------------------------------------------------- traces
def test_an_outage_shows_its_trace_and_the_baseline_of_that_moment(db: Db) -> None:
    number = outages.add(db, an_outage(0, None))
    outages.add_trace(db, 1, a_trace(NOON_TS - 60, "198.51.100.1"), None)
    outages.add_trace(db, 1, a_trace(NOON_TS), number)
    outages.add_trace(db, 1, a_trace(NOON_TS + 60, "198.51.100.2"), None)

    outage = outages.get(db, number)

    assert outage is not None
    assert outage.trace == {
        "target": "192.0.2.1",
        "reached": True,
        "taken_utc": "2026-03-01T12:00:00Z",
        "hops": [
            {"ttl": 1, "address": "203.0.113.1", "rtt_ms": 0.8},
            {"ttl": 2, "address": None, "rtt_ms": None},
            {"ttl": 3, "address": "192.0.2.1", "rtt_ms": 9.0},
        ],
    }
    assert outage.baseline_trace is not None
    assert outage.baseline_trace["hops"][2]["address"] == "198.51.100.1"


def test_only_the_newest_baseline_is_kept_but_for_those_an_outage_shows(db: Db) -> None:
    number = outages.add(db, an_outage(0, None))
    for minute in range(3):
        outages.add_trace(db, 1, a_trace(NOON_TS + minute), None)
    outages.add_trace(db, 1, a_trace(NOON_TS + 5), number)
    for minute in range(6, 9):
        outages.add_trace(db, 1, a_trace(NOON_TS + minute), None)
    outages.add_trace(db, 2, a_trace(NOON_TS), None)

    kept = db.rows("SELECT taken_ts FROM trace WHERE uplink_id = 1 AND outage_id IS NULL ORDER BY id")

    assert [ts - NOON_TS for (ts,) in kept] == [2, 8]
    assert outages.baseline_trace(db, 1) == a_trace(NOON_TS + 8)
    assert outages.baseline_trace(db, 3) is None
