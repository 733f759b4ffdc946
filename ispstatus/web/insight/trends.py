"""``/api/v1/trends``: the last hour against the days before."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.trends import trend
from ispstatus.web.insight import report_payloads
from ispstatus.web.insight.params import TrendsQuery, asked
from ispstatus.web.insight.subjects import of_agent, the_agent
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.times import utc

bp = Blueprint("trends", __name__)


@bp.get("/trends")
def get_trends() -> ResponseReturnValue:
    """Tell whether an agent is slower or faster than it was."""
    query, known = asked(TrendsQuery), deps()
    agent, now = the_agent(query), known.now()
    found = trend(known.reader, agent.id, now, query.lookback_days)
    body = {"time": utc(now), **report_payloads.trend(found), "lookbackDays": query.lookback_days}
    return answer(of_agent(agent) | body)
