"""Whatever hangs together is one transaction, in the order it was decided."""

from pathlib import Path

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.decide.ladder import starting
from ispstatus.jobs.live import Ticket
from ispstatus.jobs.recorder import Recorder
from ispstatus.model.decision import Standing
from ispstatus.model.record import EngineEvent, EventKind, Transition
from ispstatus.model.sample import Hop, Trace
from ispstatus.model.state import Fault, Reason, State
from ispstatus.store import events, outages, uplinks
from ispstatus.store.minutes import minutes_between
from ispstatus.store.writer import Writer
from tests.helpers.make import NOON, NOON_TS, a_memory, a_minute, an_outage, an_uplink, at
from tests.jobs.bench import Disk
from tests.store.kit import a_database

STANDING = Standing(starting(an_uplink()), NOON, NOON)
DOWN = Transition(1, NOON, State.DOWN, Reason.NO_EXTERNAL, Fault.PROVIDER, "silent", {})
TRACE = Trace("192.0.2.1", reached=True, hops=(Hop(1, "192.0.2.1", 1.0),), taken_ts=NOON_TS)
FAR = 1 << 60


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(a_database(tmp_path))


def test_a_verdict_and_all_that_hangs_on_it_is_one_commit(disk: Disk) -> None:
    Recorder(disk.submit).verdict(
        1, STANDING, a_memory(), transition=DOWN, minutes=[a_minute()], outage=an_outage(0, None), ticket=Ticket()
    ).result()

    assert disk.commits == 1
    assert uplinks.standings(disk.db)[1][0] == STANDING
    assert len(outages.transitions(disk.db, 1, 0, FAR)) == 1
    assert outages.open_outage(disk.db, 1) is not None
    assert len(minutes_between(disk.db, 1, 0, FAR)) == 1


def test_if_one_part_cannot_be_stored_none_is(disk: Disk) -> None:
    broken = a_minute(ts="not a moment")

    with pytest.raises(TypeError):
        Recorder(disk.submit).verdict(
            1, STANDING, a_memory(), transition=DOWN, minutes=[broken], outage=an_outage(0, None), ticket=Ticket()
        )

    assert uplinks.standings(disk.db) == {}
    assert outages.page(disk.db, 1, 0, FAR) == []


def test_an_outage_written_again_is_the_same_outage(disk: Disk) -> None:
    recorder, ticket = Recorder(disk.submit), Ticket()
    for outage in (an_outage(0, None), an_outage(0, 300)):
        recorder.verdict(1, STANDING, a_memory(), transition=None, minutes=[], outage=outage, ticket=ticket)

    (stored,) = outages.page(disk.db, 1, 0, FAR)
    assert (stored.id, stored.first_good_at) == (ticket.outage_id, at(300))


def test_a_trace_is_kept_with_the_outage_its_ticket_names(disk: Disk) -> None:
    recorder, ticket = Recorder(disk.submit), Ticket()
    recorder.trace(1, TRACE, None)
    recorder.verdict(1, STANDING, a_memory(), transition=None, minutes=[], outage=an_outage(0, None), ticket=ticket)
    recorder.trace(1, TRACE, ticket)

    (stored,) = outages.page(disk.db, 1, 0, FAR)
    assert stored.trace is not None
    assert stored.baseline_trace is not None


def test_a_trace_whose_outage_was_not_stored_is_dropped(disk: Disk) -> None:
    Recorder(disk.submit).trace(1, TRACE, Ticket())

    assert outages.baseline_trace(disk.db, 1) is None


def test_minutes_and_what_probing_cost_are_one_commit(disk: Disk) -> None:
    minutes = [a_minute(0), a_minute(1)]
    Recorder(disk.submit).minutes(minutes, [], {1: (STANDING, a_memory())}, "2026-03", {1: 5000}).result()

    assert disk.commits == 1
    assert minutes_between(disk.db, 1, 0, FAR) == minutes
    assert uplinks.bytes_spent(disk.db, "2026-03") == {1: 5000}
    assert 1 in uplinks.standings(disk.db)


def test_what_happened_to_the_engine_is_kept(disk: Disk) -> None:
    event = EngineEvent(NOON, EventKind.LATE, "late")
    Recorder(disk.submit).event(event).result()

    assert events.between(disk.db, 0, FAR) == [event]


def test_through_the_real_writer_the_trace_finds_the_outage_decided_just_before(tmp_path: Path) -> None:
    a_database(tmp_path).close()
    writer = Writer(tmp_path / "ispstatus.db", SYSTEM)
    writer.start()
    try:
        recorder, ticket = Recorder(writer.submit), Ticket()
        recorder.verdict(1, STANDING, a_memory(), transition=DOWN, minutes=[], outage=an_outage(0, None), ticket=ticket)
        recorder.trace(1, TRACE, ticket).result(5.0)
        found = writer.submit(lambda db: outages.page(db, 1, 0, FAR)).result(5.0)
    finally:
        writer.stop()

    assert [outage.trace is not None for outage in found] == [True]
