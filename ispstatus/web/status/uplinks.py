"""``/api/uplinks``: who is watched, and who was."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ispstatus.queries.uplinks import all_uplinks, first_minutes
from ispstatus.web.shared.deps import deps
from ispstatus.web.status.payloads import listed_payload

bp = Blueprint("status_uplinks", __name__)


@bp.get("/api/uplinks")
def list_uplinks() -> ResponseReturnValue:
    """List every uplink there ever was, removed ones last."""
    since = first_minutes(deps().reader)
    return jsonify(uplinks=[listed_payload(uplink, since.get(uplink.id)) for uplink in all_uplinks(deps().reader)])
