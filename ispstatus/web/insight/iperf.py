"""``/api/v1/iperf``: the newest iperf3 tests."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.throughput import iperf
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import AgentQuery, asked
from ispstatus.web.insight.subjects import of_agent, the_agent
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("iperf", __name__)


@bp.get("/iperf")
def get_iperf() -> ResponseReturnValue:
    """Tell the TCP and the UDP throughput of the last twelve hours' newest tests."""
    agent = the_agent(asked(AgentQuery))
    return answer(of_agent(agent) | payloads.iperf(iperf(deps().reader, agent.id, deps().now())))
