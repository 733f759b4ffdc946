"""``/api/v1/correlation-analysis``: agents whose latency moves together."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.correlation import correlation
from ispstatus.web.insight import report_payloads
from ispstatus.web.insight.params import CorrelationQuery, asked
from ispstatus.web.insight.subjects import of_customer, the_customer
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("correlation_analysis", __name__)


@bp.get("/correlation-analysis")
def get_correlation_analysis() -> ResponseReturnValue:
    """Tell which agents' latencies rise and fall together, or against each other."""
    query, known = asked(CorrelationQuery), deps()
    agents, now = the_customer(query), known.now()
    numbers, threshold = [agent.id for agent in agents], query.correlation_threshold
    found = correlation(known.reader, numbers, now, query.time_range, threshold)
    return answer(of_customer() | report_payloads.correlation(query, now, found))
