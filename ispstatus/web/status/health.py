"""``/api/health``: whether the monitor can be trusted. It says nothing about the network."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ispstatus.web.shared.deps import deps
from ispstatus.web.status.vital_signs import health_payload

bp = Blueprint("status_health", __name__)


@bp.get("/api/health")
def get_health() -> ResponseReturnValue:
    """Tell the engine's health; 200 whatever it is."""
    return jsonify(health_payload(deps()))


@bp.get("/healthz")
def get_healthz() -> ResponseReturnValue:
    """Answer while the HTTP server works."""
    return "ok\n", 200, {"Content-Type": "text/plain"}
