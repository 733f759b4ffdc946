"""The newest throughput tests of one agent, each within the window that the contract gives it."""

from dataclasses import dataclass
from datetime import datetime

from ispstatus.model.throughput import Method, Throughput
from ispstatus.queries.reader import Reader
from ispstatus.store import throughput

RATE_S = 2 * 3600
RECENT_S = 12 * 3600
_SEARCHING = (Method.TRAIN, Method.IPERF_TCP, Method.WEB)
"""Not iperf3's UDP: it sends what it was told to, and tells how much of that got through."""


@dataclass(frozen=True, slots=True)
class Trains:
    """What packet trains tell: their loss stands longer than their rate."""

    rate: Throughput | None
    """The newest of two hours."""
    loss: Throughput | None
    """The newest of twelve hours that counted packets."""


@dataclass(frozen=True, slots=True)
class Iperf:
    """The newest tests by iperf3 of twelve hours."""

    tcp: Throughput | None
    udp: Throughput | None


def trains(reader: Reader, agent_id: int, now: datetime) -> Trains:
    """Return what packet trains tell of an agent."""
    newest = _newest(reader, agent_id, Method.TRAIN, now, RECENT_S)
    has_loss = newest is not None and (newest.down.sent is not None or newest.up.sent is not None)
    is_new = newest is not None and newest.ended_ts >= now.timestamp() - RATE_S
    return Trains(newest if is_new else None, newest if has_loss else None)


def iperf(reader: Reader, agent_id: int, now: datetime) -> Iperf:
    """Return what iperf3 told of an agent."""
    return Iperf(
        _newest(reader, agent_id, Method.IPERF_TCP, now, RECENT_S),
        _newest(reader, agent_id, Method.IPERF_UDP, now, RECENT_S),
    )


def newest_speed(reader: Reader, agent_id: int, now: datetime) -> Throughput | None:
    """Return the newest test of twelve hours that found out what a direction carries."""
    now_ts = int(now.timestamp())
    tests = throughput.between(reader.db(), agent_id, now_ts - RECENT_S, now_ts + 1)
    return next((test for test in reversed(tests) if test.method in _SEARCHING and _told_a_rate(test)), None)


def _told_a_rate(test: Throughput) -> bool:
    return test.down.bps is not None or test.up.bps is not None


def _newest(reader: Reader, agent_id: int, method: Method, now: datetime, within_s: int) -> Throughput | None:
    return throughput.newest(reader.db(), agent_id, method, int(now.timestamp()) - within_s)
