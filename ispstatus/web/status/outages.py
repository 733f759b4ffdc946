"""``/api/outages`` and its CSV."""

from datetime import timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window
from ispstatus.queries.history import RANGES
from ispstatus.queries.outages import count_outages, outages
from ispstatus.queries.uplinks import all_uplinks, find_uplink
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.downloads import csv_response
from ispstatus.web.shared.params import choice, flag
from ispstatus.web.status.payloads import outage_payload
from ispstatus.web.status.tables import OUTAGE_COLUMNS, outage_row

bp = Blueprint("status_outages", __name__)

MOST = 500
_SPANS = {"24h": 1, "72h": 3, "7d": 7, "30d": 30, "90d": 90}


@bp.get("/api/outages")
def list_outages() -> ResponseReturnValue:
    """List outages that touch the range, newest first, 500 at most."""
    range_, window = _window()
    uplinks = _wanted()
    only = next(iter(uplinks)) if "name" in request.args else None
    found = [
        outage_payload(outage, uplinks[outage.uplink_id].name)
        for outage in islice(outages(deps().reader, only, window), MOST)
        if outage.uplink_id in uplinks
    ]
    return jsonify(range=range_, total=count_outages(deps().reader, only, window), outages=found)


@bp.get("/api/outages.csv")
def download_outages() -> ResponseReturnValue:
    """Give the same as a table."""
    range_, window = _window()
    uplinks, site = _wanted(), deps().settings.site
    only = next(iter(uplinks)) if "name" in request.args else None
    rows = (
        outage_row(outage, uplinks[outage.uplink_id], site.name, ZoneInfo(site.timezone))
        for outage in outages(deps().reader, only, window)
    )
    name = f"{site.name}_{uplinks[only].name if only else 'all'}_{range_}_outages.csv"
    return csv_response(name, OUTAGE_COLUMNS, rows, is_excel=flag(request.args, "excel"))


def _window() -> tuple[str, Window]:
    range_ = choice(request.args, "range", tuple(RANGES), "30d")
    now_at = deps().clock.now()
    return range_, Window(now_at - timedelta(days=_SPANS[range_]), now_at)


def _wanted() -> dict[int, Uplink]:
    name = request.args.get("name")
    chosen = [find_uplink(deps().reader, name)] if name is not None else all_uplinks(deps().reader)
    return {uplink.id: uplink for uplink in chosen}
