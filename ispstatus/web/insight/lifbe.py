"""``/api/v1/lifbe``: the newest packet trains."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.throughput import trains
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import AgentQuery, asked
from ispstatus.web.insight.subjects import known_of, of_agent, the_agent
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("lifbe", __name__)


@bp.get("/lifbe")
def get_lifbe() -> ResponseReturnValue:
    """Tell throughput and jitter of the last two hours' newest train, and the losses of the last twelve's."""
    agent, now = the_agent(asked(AgentQuery)), deps().now()
    found = trains(deps().reader, agent.id, now)
    return answer(of_agent(agent) | payloads.lifbe(agent, known_of(agent, now), found))
