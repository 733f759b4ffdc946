"""``/api/history`` and its CSV: five-minute buckets, gaps as gaps."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from ispstatus.queries.history import history_etag, history_gzip, history_text, history_window
from ispstatus.web.shared.csv import downloads, file_name
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.params import query
from ispstatus.web.shared.respond import with_text
from ispstatus.web.shared.uplinks import the_uplink, uplinks_named
from ispstatus.web.status.params import YES, HistoryCsvQuery, HistoryQuery
from ispstatus.web.status.tables import HISTORY_COLUMNS, history_rows

_NOT_MODIFIED = 304


bp = Blueprint("history", __name__)


@bp.get("/api/history")
def get_history() -> ResponseReturnValue:
    """Tell one uplink's buckets, with a summary and a row per day; 304 when the client has them."""
    asked, known = query(HistoryQuery), deps()
    uplink, now = the_uplink(asked.name), known.now()
    response = Response(mimetype="application/json", headers={"Cache-Control": "no-cache", "Vary": "Accept-Encoding"})
    response.set_etag(history_etag(known.reader, uplink, asked.range, now), weak=True)
    if response.make_conditional(request).status_code == _NOT_MODIFIED:
        return response
    if request.accept_encodings.quality("gzip") > 0:
        response.set_data(history_gzip(known.reader, uplink, asked.range, now))
        response.headers["Content-Encoding"] = "gzip"
        return response
    return with_text(response, history_text(known.reader, uplink, asked.range, now))


@bp.get("/api/history.csv")
def get_history_csv() -> ResponseReturnValue:
    """Download the buckets of one uplink, or of all."""
    asked, known = query(HistoryCsvQuery), deps()
    site, window = known.settings.site.name, history_window(asked.range, known.now())
    uplinks = uplinks_named(asked.name)
    name = file_name(site, asked.name or "all", asked.range, "history")
    rows = history_rows(known.reader, uplinks, window, site)
    return downloads().send(name, HISTORY_COLUMNS, rows, zone=known.zone, is_excel=asked.excel in YES)
