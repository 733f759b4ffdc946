"""``/api/v1/agents``: who is measuring. (A bearer key here means the telemetry family's agents.)"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.agents import active_agents
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import AgentsQuery, asked
from ispstatus.web.insight.subjects import is_down, known_of, lately, of_customer, the_customer
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("agents", __name__)


@bp.get("/agents")
def list_agents() -> ResponseReturnValue:
    """List the agents that measured something just now, by number."""
    query, known, now = asked(AgentsQuery), deps(), deps().now()
    the_customer(query)
    found = active_agents(known.reader, now, lately, is_down)
    if query.metadata == "true":
        listed = [payloads.listed_agent(agent, known_of(agent, now)) for agent in found]
    else:
        listed = [{"id": str(agent.id)} for agent in found]
    return answer(of_customer() | {"count": len(listed), "agents": listed})
