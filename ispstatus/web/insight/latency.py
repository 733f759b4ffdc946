"""``/api/v1/latency``: the round trips of one agent."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.model.series import Protocol
from ispstatus.queries.insight.latency import latency_pivot, latency_rows
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import LatencyQuery, asked
from ispstatus.web.insight.subjects import of_agent, the_agent
from ispstatus.web.insight.times import required_span
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("latency", __name__)

BUCKET_HEADER = "X-Bucket-Seconds"
"""Says how long each row is; absent where each is a single sample."""


@bp.get("/latency")
def get_latency() -> ResponseReturnValue:
    """Tell every answer of one protocol, or the means of every protocol in five seconds each; oldest first."""
    query, known = asked(LatencyQuery), deps()
    agent, window, now = the_agent(query), required_span(query), known.now()
    latest, head = known.recent(agent.id), of_agent(agent)
    if query.protocol is None:
        pivot = latency_pivot(known.reader, agent.id, window, now, latest)
        rows = [head | payloads.latency_pivot(ts, means) for ts, means in pivot.rows]
        return answer(rows, headers={BUCKET_HEADER: str(pivot.bucket_s)})
    protocol = Protocol(query.protocol)
    found = latency_rows(known.reader, agent.id, protocol, window, now, latest)
    long = [head | payloads.latency_row(ts, protocol, rtt_ms) for ts, rtt_ms in found.rows]
    return answer(long, headers={BUCKET_HEADER: str(found.bucket_s)} if found.bucket_s else None)
