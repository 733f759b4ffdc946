"""The Insight family: what was measured of each agent by each protocol, and what is made of it. It never probes."""

from flask import Blueprint

from ispstatus.model.errors import NotFound
from ispstatus.web.insight import (
    agent_rankings,
    agents,
    anomalies,
    ci,
    correlation_analysis,
    degradation_alerts,
    forecast,
    geoloc,
    health_report,
    ingest,
    iperf,
    latency,
    lifbe,
    networks,
    openapi,
    radio,
    trends,
    twamp,
)
from ispstatus.web.insight.guard import admit_key
from ispstatus.web.insight.subjects import no_such_agent

VIEWS = (
    ci,
    lifbe,
    latency,
    geoloc,
    twamp,
    forecast,
    radio,
    networks,
    agents,
    anomalies,
    trends,
    health_report,
    agent_rankings,
    correlation_analysis,
    degradation_alerts,
    iperf,
    ingest,
)


def blueprint() -> Blueprint:
    """Return the family's routes: whatever tells of measurements wants a key, the description does not."""
    guarded = Blueprint("guarded", __name__)
    guarded.before_request(admit_key)
    guarded.register_error_handler(NotFound, no_such_agent)
    for view in VIEWS:
        guarded.register_blueprint(view.bp, url_prefix="/api/v1")
        guarded.register_blueprint(view.bp, url_prefix="/insight/api/v1", name=f"{view.bp.name}_unmistakable")
    guarded.register_blueprint(ci.bp_v2)
    parent = Blueprint("insight", __name__)
    parent.register_blueprint(guarded)
    parent.register_blueprint(openapi.bp)
    return parent
