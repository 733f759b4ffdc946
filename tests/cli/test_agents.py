"""``ispstatus agent list`` and ``ispstatus agent forget``: also beside a running daemon."""

from pathlib import Path

import pytest

from ispstatus.actions.agents import enrol_agent, record_report
from ispstatus.actions.pasts import Pasts
from ispstatus.model.agent import AgentReport, PushedSample
from ispstatus.model.series import Protocol
from ispstatus.store.db import open_writer
from ispstatus.store.lock import WriterLock
from tests.cli.conftest import Run
from tests.helpers.make import NOON_TS


@pytest.fixture
def van(state: Path) -> int:
    """A remote agent that has reported once, and one that has not."""
    db = open_writer(state / "ispstatus.db")
    with db.transaction():
        number = enrol_agent(db, "van 7", NOON_TS)
        report = AgentReport((PushedSample(NOON_TS, Protocol.ICMP, "far.example", 9.0),))
        record_report(db, number, report, NOON_TS, Pasts())
        enrol_agent(db, "phone", NOON_TS)
    db.close()
    return number


def test_the_list_tells_who_was_heard_when(run: Run, van: int) -> None:
    said = run("agent", "list")

    assert (said.code, said.err) == (0, "")
    assert said.out == "3\tvan 7\theard 2026-03-01T12:00:00Z\tpresent\n4\tphone\tnever heard\tpresent\n"


def test_who_is_forgotten_is_removed_also_while_ispstatus_runs(run: Run, state: Path, van: int) -> None:
    running = WriterLock(state / "ispstatus.db")
    running.take()

    said = run("agent", "forget", "van 7")

    running.release()
    assert (said.code, said.out, said.err) == (0, "van 7 is forgotten; what it reported stays readable\n", "")
    assert "van 7\theard 2026-03-01T12:00:00Z\tremoved\n" in run("agent", "list").out


def test_forgetting_a_stranger_says_so(run: Run, van: int) -> None:
    said = run("agent", "forget", "van 8")

    assert (said.code, said.out) == (1, "")
    assert "there is no agent 'van 8'" in said.err
