"""``/api/v1/radio``: what a modem says of its radio."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.radio import newest_reading, readings
from ispstatus.web.insight import payloads
from ispstatus.web.insight.params import SpanQuery, asked
from ispstatus.web.insight.subjects import of_agent, the_agent
from ispstatus.web.insight.times import span
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("radio", __name__)


@bp.get("/radio")
def get_radio() -> ResponseReturnValue:
    """Tell the latest reading, or with a time every reading in it."""
    query, known = asked(SpanQuery), deps()
    agent, window = the_agent(query), span(query)
    if window is None:
        present = known.radio(agent.id) or newest_reading(known.reader, agent.id, known.now())
        return answer(of_agent(agent) | payloads.radio(present))
    return answer([of_agent(agent) | payloads.radio(one) for one in readings(known.reader, agent.id, window)])
