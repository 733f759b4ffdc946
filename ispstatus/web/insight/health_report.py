"""``/api/v1/health-report``: how every agent did."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.analytics.health_report import Period
from ispstatus.queries.insight import health_report as stored
from ispstatus.web.insight import report_payloads
from ispstatus.web.insight.params import HealthReportQuery, asked
from ispstatus.web.insight.subjects import of_customer, the_customer
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.times import utc

bp = Blueprint("health_report", __name__)


@bp.get("/health-report")
def get_health_report() -> ResponseReturnValue:
    """Tell every agent's mean latency over a day, a week or a month, its grade, and what to do."""
    query, known = asked(HealthReportQuery), deps()
    agents, now = the_customer(query), known.now()
    report = stored.report(known.reader, [agent.id for agent in agents], now, Period(query.report_period))
    with_advice = query.include_recommendations == "true"
    head = {"reportPeriod": query.report_period, "generatedAt": utc(now)}
    return answer(of_customer() | head | report_payloads.health_report(report, with_recommendations=with_advice))
