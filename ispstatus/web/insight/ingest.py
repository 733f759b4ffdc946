"""``POST /api/v1/ingest``: what a router or a phone measured elsewhere. Our own addition to the contract."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from ispstatus.web.insight.pushes import answer_of, read_push, report_of
from ispstatus.web.insight.subjects import of_customer
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("ingest", __name__)


@bp.post("/ingest")
def post_ingest() -> ResponseReturnValue:
    """Store a push; tell the agent's number and how much was taken."""
    push = read_push(request.get_data())
    agent_id, accepted = deps().ingest(push.agent, report_of(push))
    return answer(of_customer() | {"agentID": str(agent_id)} | answer_of(accepted))
