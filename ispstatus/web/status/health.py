"""``/api/health`` and ``/healthz``: whether the monitor can be trusted. They say nothing about the network."""

from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.health import judge_health, look, standing_threads
from ispstatus.web.shared.respond import answer
from ispstatus.web.status.payloads import health_payload

bp = Blueprint("health", __name__)


@bp.get("/api/health")
def get_health() -> ResponseReturnValue:
    """Tell the engine's health, why it is not ok, and its figures; 200 whatever it is."""
    facts = look(deps())
    return answer(health_payload(judge_health(facts), facts))


@bp.get("/healthz")
def get_healthz() -> ResponseReturnValue:
    """Tell a load balancer whether the engine's threads turn: 200, or 503 naming those that do not."""
    still = standing_threads(deps().vitals())
    status = HTTPStatus.SERVICE_UNAVAILABLE if still else HTTPStatus.OK
    return answer({"ok": not still, "standing": list(still)}, status)
