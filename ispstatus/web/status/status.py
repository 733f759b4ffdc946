"""``/api/status``: the verdicts, live."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.params import choice, flag
from ispstatus.web.status.payloads import status_payload

bp = Blueprint("status_status", __name__)


@bp.get("/api/status")
def get_status() -> ResponseReturnValue:
    """Tell every uplink's verdict; probes unless ``cached=1`` or the last verdict is fresh."""
    default = deps().settings.unknown_as
    word = choice(request.args, "unknown_as", ("null", "0", "1"), "null" if default is None else str(default))
    report = deps().ask_status(request.args.get("name"), flag(request.args, "cached"))
    response = jsonify(status_payload(report, deps(), None if word == "null" else int(word)))
    response.headers["Cache-Control"] = "no-store"
    return response
