"""``/api/v1/ci`` and ``/v2/ci``: the connectivity of one agent now."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.recent import connectivity_of
from ispstatus.queries.insight.throughput import newest_speed
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import AgentQuery, asked
from ispstatus.web.insight.subjects import is_down, known_of, lately, of_agent, the_agent
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("ci", __name__)
bp_v2 = Blueprint("ci_v2", __name__)


@bp.get("/ci")
def get_ci() -> ResponseReturnValue:
    """Tell one agent's connectivity, what is expected of it, and who it is."""
    agent, known = the_agent(asked(AgentQuery)), deps()
    latest, now = lately(agent), known.now()
    figures = connectivity_of(known.reader, agent, latest, is_down=is_down(agent))
    newest = newest_speed(known.reader, agent.id, now)
    return answer(of_agent(agent) | payloads.ci(agent, known_of(agent, now), figures, latest, newest))


@bp_v2.get("/v2/ci")
@bp_v2.get("/api/v2/ci")
def get_ci_v2() -> ResponseReturnValue:
    """Tell one agent's connectivity, without what is expected and who it is."""
    agent, known = the_agent(asked(AgentQuery)), deps()
    latest = lately(agent)
    figures = connectivity_of(known.reader, agent, latest, is_down=is_down(agent))
    newest = newest_speed(known.reader, agent.id, known.now())
    return answer(of_agent(agent) | payloads.ci_v2(agent, figures, latest, newest))
