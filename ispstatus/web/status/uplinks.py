"""``/api/uplinks``: which uplinks there are and were."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.uplinks import all_uplinks, first_minutes
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer
from ispstatus.web.status.payloads import listed_uplink

bp = Blueprint("uplinks", __name__)


@bp.get("/api/uplinks")
def list_uplinks() -> ResponseReturnValue:
    """List every uplink, present ones in configuration order, then the removed."""
    since = first_minutes(deps().reader)
    listed = [listed_uplink(uplink, since.get(uplink.id)) for uplink in all_uplinks(deps().reader)]
    return answer({"total": len(listed), "uplinks": listed})
