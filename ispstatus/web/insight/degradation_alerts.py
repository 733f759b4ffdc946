"""``/api/v1/degradation-alerts``: agents that became slower."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.trends import degraded
from ispstatus.web.insight import report_payloads
from ispstatus.web.insight.params import AlertsQuery, asked
from ispstatus.web.insight.subjects import of_customer, the_customer
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("degradation_alerts", __name__)


@bp.get("/degradation-alerts")
def get_degradation_alerts() -> ResponseReturnValue:
    """Tell which agents were slower in the last hour than in the days before, worst first."""
    query, known = asked(AlertsQuery), deps()
    agents, now = the_customer(query), known.now()
    threshold, days = query.severity_threshold, query.lookback_days
    found = degraded(known.reader, [agent.id for agent in agents], now, days, threshold)
    return answer(of_customer() | report_payloads.alerts(query, now, found))
