"""``/api/v1/anomalies``: what was out of the ordinary."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.model.series import Protocol
from ispstatus.queries.insight.anomalies import anomalies
from ispstatus.web.insight import report_payloads
from ispstatus.web.insight.params import LatencyQuery, asked
from ispstatus.web.insight.subjects import of_agent, the_agent
from ispstatus.web.insight.times import required_span
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.times import utc

bp = Blueprint("anomalies", __name__)


@bp.get("/anomalies")
def get_anomalies() -> ResponseReturnValue:
    """Tell how far each protocol's half minutes were from the ordinary, and whether that is an anomaly."""
    query, known = asked(LatencyQuery), deps()
    agent, window = the_agent(query), required_span(query)
    wanted = Protocol(query.protocol) if query.protocol else None
    report = anomalies(known.reader, agent.id, window, [wanted] if wanted else list(Protocol))
    return answer(of_agent(agent) | {"time": utc(known.now())} | report_payloads.anomalies(report, wanted))
