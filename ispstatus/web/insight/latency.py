"""``/api/v1/latency``: the round trips of one agent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.model.errors import TooBusy
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight.agents import Agent
from ispstatus.queries.insight.latency import latency_pivot, latency_rows
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import LatencyQuery, asked
from ispstatus.web.insight.subjects import lately, of_agent, the_agent
from ispstatus.web.insight.times import required_span
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("latency", __name__)

BUCKET_HEADER = "X-Bucket-Seconds"
"""Says how long each row is; absent where each is a single sample."""
LONG_S = 6 * 3600
LONG_AT_ONCE = 2
"""Two days of every protocol take 70 MiB while they are put together: eight at once would be the daemon's end."""
RETRY_AFTER_S = 5

_places = threading.BoundedSemaphore(LONG_AT_ONCE)


@bp.get("/latency")
def get_latency() -> ResponseReturnValue:
    """Tell every answer of one protocol, or the means of every protocol in five seconds each; oldest first."""
    query = asked(LatencyQuery)
    agent, window = the_agent(query), required_span(query)
    with _place(window):
        return _pivot(agent, window) if query.protocol is None else _rows(agent, window, Protocol(query.protocol))


def _pivot(agent: Agent, window: Window) -> ResponseReturnValue:
    known, head = deps(), of_agent(agent)
    found = latency_pivot(known.reader, agent.id, window, known.now(), lately(agent))
    rows = [head | payloads.latency_pivot(ts, means) for ts, means in found.rows]
    return answer(rows, headers={BUCKET_HEADER: str(found.bucket_s)})


def _rows(agent: Agent, window: Window, protocol: Protocol) -> ResponseReturnValue:
    known, head = deps(), of_agent(agent)
    found = latency_rows(known.reader, agent.id, protocol, window, known.now(), lately(agent))
    rows = [head | payloads.latency_row(ts, protocol, rtt_ms) for ts, rtt_ms in found.rows]
    return answer(rows, headers={BUCKET_HEADER: str(found.bucket_s)} if found.bucket_s else None)


@contextmanager
def _place(window: Window) -> Iterator[None]:
    """Let two long answers be made at once; TooBusy for a third. Short ones always have a place."""
    if window.seconds <= LONG_S:
        yield
        return
    if not _places.acquire(blocking=False):
        raise TooBusy(f"{LONG_AT_ONCE} long answers are being made already: try again", retry_after_s=RETRY_AFTER_S)
    try:
        yield
    finally:
        _places.release()
