"""``/api/v1/agent-rankings``: the agents in order of performance."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.analytics.rankings import Metric
from ispstatus.queries.insight.rankings import ranking
from ispstatus.web.insight import report_payloads
from ispstatus.web.insight.params import RankingsQuery, asked
from ispstatus.web.insight.subjects import of_customer, the_customer
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.times import utc

bp = Blueprint("agent_rankings", __name__)


@bp.get("/agent-rankings")
def get_agent_rankings() -> ResponseReturnValue:
    """Rank the agents, best first."""
    query, known = asked(RankingsQuery), deps()
    agents, now = the_customer(query), known.now()
    found = ranking(known.reader, [agent.id for agent in agents], now, query.time_range, Metric(query.metric))
    head = {"metric": query.metric, "timeRangeSeconds": query.time_range, "generatedAt": utc(now)}
    return answer(of_customer() | head | report_payloads.ranking(found))
