"""``/api/v1/twamp``: what the newest TWAMP packet saw of each direction."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import AgentQuery, asked
from ispstatus.web.insight.subjects import lately, of_agent, the_agent
from ispstatus.web.shared.respond import answer

bp = Blueprint("twamp", __name__)


@bp.get("/twamp")
def get_twamp() -> ResponseReturnValue:
    """Tell the newest one-way deltas of the last five minutes."""
    agent = the_agent(asked(AgentQuery))
    return answer(of_agent(agent) | payloads.twamp(lately(agent)))
