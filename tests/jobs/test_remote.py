"""What a remote agent pushes is stored in one transaction, under a number of its own."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from ispstatus.jobs import remote
from ispstatus.jobs.remote import RemoteReports
from ispstatus.model.agent import Accepted, AgentReport, PushedReading, PushedSample, Taken
from ispstatus.model.errors import TooBusy
from ispstatus.model.radio import Radio, RadioReading
from ispstatus.model.series import Protocol
from ispstatus.store import radio
from ispstatus.store.writer import Writer
from tests.store.kit import HandClock, a_database


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    hands = HandClock()
    a_database(tmp_path, hands, uplinks=2).close()
    made = Writer(tmp_path / "ispstatus.db", hands.clock)
    made.start()
    yield made
    made.stop()


NOW_TS = HandClock().wall_s
REPORT = AgentReport(
    samples=(PushedSample(NOW_TS - 5, Protocol.ICMP, "1.1.1.1", 12.5), PushedSample(1.0, Protocol.ICMP, "x", 1.0)),
    readings=(PushedReading(NOW_TS, Radio("TELUS")),),
)


def test_a_new_agent_is_enrolled_behind_the_uplinks_and_keeps_its_number(writer: Writer) -> None:
    reports = RemoteReports(HandClock().clock, writer.submit)

    assert reports.take("van 7", REPORT) == (3, Accepted(Taken(1, (1,)), Taken(1), Taken(0)))
    assert reports.take("van 8", REPORT)[0] == 4
    assert reports.take("van 7", REPORT)[0] == 3
    newest = writer.submit(lambda db: radio.newest(db, 3, 0)).result()
    assert newest == RadioReading(3, int(NOW_TS), Radio("TELUS"))


def test_a_database_that_does_not_keep_up_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "COMMIT_S", 0.05)
    stuck: Future[Any] = Future()

    with pytest.raises(TooBusy):
        RemoteReports(HandClock().clock, lambda _write: stuck).take("van 7", REPORT)

    assert stuck.cancelled()
