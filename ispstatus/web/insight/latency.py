"""``/api/v1/latency``: the round trips of one agent."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight.agents import Agent
from ispstatus.queries.insight.latency import latency_pivot, latency_rows
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import LatencyQuery, asked
from ispstatus.web.insight.subjects import lately, of_agent, the_agent
from ispstatus.web.insight.times import required_span
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer_rows

bp = Blueprint("latency", __name__)

BUCKET_HEADER = "X-Bucket-Seconds"
"""Says how long each row is; absent where each is a single sample."""


@bp.get("/latency")
def get_latency() -> ResponseReturnValue:
    """Tell every answer of one protocol, or the means of every protocol in five seconds each; oldest first."""
    query = asked(LatencyQuery)
    agent, window = the_agent(query), required_span(query)
    return _pivot(agent, window) if query.protocol is None else _rows(agent, window, Protocol(query.protocol))


def _pivot(agent: Agent, window: Window) -> ResponseReturnValue:
    known, order = deps(), payloads.PIVOT_ORDER
    found = latency_pivot(known.reader, agent.id, window, known.now(), lately(agent), order)
    return answer_rows(payloads.latency_pivot(of_agent(agent), found.rows), {BUCKET_HEADER: str(found.bucket_s)})


def _rows(agent: Agent, window: Window, protocol: Protocol) -> ResponseReturnValue:
    known = deps()
    found = latency_rows(known.reader, agent.id, protocol, window, known.now(), lately(agent))
    headers = {BUCKET_HEADER: str(found.bucket_s)} if found.bucket_s else {}
    return answer_rows(payloads.latency_rows(of_agent(agent), protocol, found.rows), headers)
