"""``/api/history`` and its CSV: five-minute buckets, gaps as gaps."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from ispstatus.queries.history import RANGES, history_body, history_etag
from ispstatus.queries.uplinks import find_uplink
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.downloads import csv_response
from ispstatus.web.shared.params import choice, flag, required
from ispstatus.web.status.tables import HISTORY_COLUMNS, history_rows

bp = Blueprint("status_history", __name__)


@bp.get("/api/history")
def get_history() -> ResponseReturnValue:
    """Give one uplink's buckets; answers 304 before any history is read."""
    known, now_at = deps(), deps().clock.now()
    range_ = choice(request.args, "range", tuple(RANGES), "24h")
    uplink = find_uplink(known.reader, required(request.args, "name"))
    response = Response(mimetype="application/json")
    response.set_etag(history_etag(known.reader, uplink, range_, now_at), weak=True)
    response.headers["Vary"] = "Accept-Encoding"
    if response.make_conditional(request).status_code != 304:  # noqa: PLR2004
        wants_gzip = request.accept_encodings["gzip"] > 0
        response.set_data(history_body(known.reader, uplink, range_, now_at, gzip=wants_gzip))
        response.headers.update({"Content-Encoding": "gzip"} if wants_gzip else {})
    return response


@bp.get("/api/history.csv")
def download_history() -> ResponseReturnValue:
    """Give the same buckets as a table."""
    known = deps()
    range_ = choice(request.args, "range", tuple(RANGES), "24h")
    uplink = find_uplink(known.reader, required(request.args, "name"))
    rows = history_rows(known, uplink, range_, ZoneInfo(known.settings.site.timezone))
    name = f"{known.settings.site.name}_{uplink.name}_{range_}_history.csv"
    return csv_response(name, HISTORY_COLUMNS, rows, is_excel=flag(request.args, "excel"))
