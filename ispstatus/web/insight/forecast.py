"""``/api/v1/forecast``: the latency of the next minute."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight import recent
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import AgentQuery, asked
from ispstatus.web.insight.subjects import is_down, lately, of_agent, the_agent
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("forecast", __name__)


@bp.get("/forecast")
def get_forecast() -> ResponseReturnValue:
    """Tell the projected latency, its interval and how sure that is."""
    agent = the_agent(asked(AgentQuery))
    latest = lately(agent)
    found = recent.forecast(deps().reader, agent, latest, is_down=is_down(agent))
    return answer(of_agent(agent) | payloads.forecast(latest, found))
