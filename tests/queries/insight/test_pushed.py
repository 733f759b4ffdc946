"""A remote agent has a present too: that of what it pushed."""

from collections.abc import Iterable

import pytest

from ispstatus.actions.agents import enrol_agent, record_report
from ispstatus.actions.pasts import Pasts
from ispstatus.model.agent import AgentReport, PushedSample
from ispstatus.model.series import Protocol
from ispstatus.queries.insight.agents import find_agent
from ispstatus.queries.insight.pushed import pushed_lately
from ispstatus.queries.insight.recent import connectivity_of
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, at

ICMP, TCP = Protocol.ICMP, Protocol.TCP


@pytest.fixture
def van(db: Db) -> int:
    return enrol_agent(db, "van", NOON_TS)


def push(db: Db, van: int, protocol: Protocol, taken: Iterable[tuple[float, float | None]], now: float = 600.0) -> None:
    pushed = tuple(PushedSample(NOON_TS + second, protocol, "far", rtt_ms) for second, rtt_ms in taken)
    record_report(db, van, AgentReport(pushed), NOON_TS + now, Pasts())


def test_it_is_the_ten_minutes_up_to_now_in_order(db: Db, reader: Reader, van: int) -> None:
    push(db, van, TCP, [(659.0, 9.0), (0.0, 1.0), (600.0, None)])
    push(db, van, ICMP, [(0.5, 2.0), (30.0, 3.0)])

    latest = pushed_lately(reader, van, at(600))

    assert [(one.sent_boot_s - NOON_TS, one.protocol, one.rtt_ms) for one in latest.samples] == [
        (0.5, ICMP, 2.0),
        (30.0, ICMP, 3.0),
        (600.0, TCP, None),
    ]


def test_what_is_told_again_is_there_once(db: Db, reader: Reader, van: int) -> None:
    for rtt_ms in (9.0, 11.0):
        push(db, van, TCP, [(590.0, rtt_ms)])

    assert [one.rtt_ms for one in pushed_lately(reader, van, at(600)).samples] == [11.0]


@pytest.mark.parametrize(("spacing", "window_s"), [(5, 120), (60, 120), (120, 240), (600, 600)])
def test_windows_hold_two_pushes_or_two_samples(
    db: Db, reader: Reader, van: int, spacing: int, window_s: float
) -> None:
    push(db, van, ICMP, [(float(second), 9.0) for second in range(599, 0, -spacing)])

    assert pushed_lately(reader, van, at(600)).window_s(ICMP) == pytest.approx(window_s)


def test_its_connectivity_is_judged_as_an_uplinks(db: Db, reader: Reader, van: int) -> None:
    push(db, van, ICMP, [(float(second), 9.0) for second in range(545, 600, 5)])
    agent = find_agent(reader, str(van))

    found = connectivity_of(reader, agent, pushed_lately(reader, van, at(600)), is_down=False)

    assert (found.latency_ms[ICMP], found.packet_loss_pct, found.jitter_ms) == (9.0, 0.0, 0.0)
    assert pushed_lately(reader, van, at(1300)).samples == ()
