"""``/api/v1/geoloc``: where an agent is, and its latency there."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.analytics.latency import application_ms
from ispstatus.model.radio import PositionFix
from ispstatus.queries.insight.agents import Agent
from ispstatus.queries.insight.radio import Place, newest_fix, places
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import GeolocQuery, asked
from ispstatus.web.insight.subjects import here, is_down, lately, of_agent, the_agent
from ispstatus.web.insight.times import until_now
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("geoloc", __name__)


@bp.get("/geoloc")
def get_geoloc() -> ResponseReturnValue:
    """Tell the latest place, or with ``time_range`` every place in it."""
    query, known = asked(GeolocQuery), deps()
    agent = the_agent(query)
    head, newest = of_agent(agent), _newest(agent)
    newest_ms = None if is_down(agent) else application_ms(lately(agent).recent().latency)
    if query.time_range is None:
        return answer(head | payloads.place(newest, newest_ms))
    found = places(known.reader, agent.id, until_now(query.time_range), known.now())
    if not found and newest is not None:
        found = [Place(newest, newest_ms)]
    return answer([head | payloads.place(one.fix, one.application_latency_ms) for one in found])


def _newest(agent: Agent) -> PositionFix | None:
    """Return where an agent is: an uplink where this box is, a remote agent where it said it was."""
    known, where = deps(), here(agent)
    if where is not None:
        return PositionFix(agent.id, int(known.now().timestamp()), where)
    return newest_fix(known.reader, agent.id, known.now())
