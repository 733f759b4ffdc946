"""``/api/outages`` and its CSV: every run of DOWN, with its four edges, its cause and its evidence."""

from itertools import islice

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.history import history_window
from ispstatus.queries.outages import count_outages, outages
from ispstatus.web.shared.csv import downloads, file_name
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.params import query
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.times import until_now
from ispstatus.web.shared.uplinks import uplinks_named
from ispstatus.web.status.params import YES, OutagesCsvQuery, OutagesQuery
from ispstatus.web.status.payloads import outages_payload
from ispstatus.web.status.tables import OUTAGE_COLUMNS, outage_rows

bp = Blueprint("outages", __name__)


@bp.get("/api/outages")
def list_outages() -> ResponseReturnValue:
    """List the outages that touch the range, newest first."""
    asked, known, now = query(OutagesQuery), deps(), deps().now()
    uplinks = uplinks_named(asked.name)
    only = None if asked.name is None else uplinks[0].id
    window = until_now(history_window(asked.range, now), now)
    names = {uplink.id: uplink.name for uplink in uplinks}
    listed = islice(outages(known.reader, only, window), asked.offset, asked.offset + asked.limit)
    total = count_outages(known.reader, only, window)
    return answer(outages_payload(asked.range, total, asked.offset, listed, names, now))


@bp.get("/api/outages.csv")
def get_outages_csv() -> ResponseReturnValue:
    """Download the outages of one uplink, or of all, newest first."""
    asked, known = query(OutagesCsvQuery), deps()
    site, now = known.settings.site.name, known.now()
    window = until_now(history_window(asked.range, now), now)
    name = file_name(site, asked.name or "all", asked.range, "outages")
    rows = outage_rows(known.reader, uplinks_named(asked.name), window, site, now)
    return downloads().send(name, OUTAGE_COLUMNS, rows, zone=known.zone, is_excel=asked.excel in YES)
