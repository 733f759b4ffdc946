"""``/api/sla`` and its CSV: what an uplink delivered in a month, second by second."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ispstatus.analytics.months import month_of, month_window
from ispstatus.analytics.sla import SlaReport
from ispstatus.model.errors import BadRequest
from ispstatus.model.window import Window
from ispstatus.queries.sla import sla_reports
from ispstatus.queries.uplinks import all_uplinks, find_uplink
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.downloads import csv_response
from ispstatus.web.shared.params import flag, required
from ispstatus.web.status.tables import SLA_COLUMNS, sla_row

bp = Blueprint("status_sla", __name__)


@bp.get("/api/sla")
def get_sla() -> ResponseReturnValue:
    """Report one uplink's month (or ``from``/``to``)."""
    required(request.args, "name")
    return jsonify(asdict(_reports()[1][0]))


@bp.get("/api/sla.csv")
def download_sla() -> ResponseReturnValue:
    """Give one row per uplink; every uplink without ``name``."""
    period, reports = _reports()
    who = request.args.get("name", "all")
    name = f"{deps().settings.site.name}_{who}_{period}_sla.csv"
    return csv_response(name, SLA_COLUMNS, map(sla_row, reports), is_excel=flag(request.args, "excel"))


def _reports() -> tuple[str, Sequence[SlaReport]]:
    known, name = deps(), request.args.get("name")
    site, now_at = known.settings.site, known.clock.now()
    zone = ZoneInfo(site.timezone)
    uplinks = [find_uplink(known.reader, name)] if name is not None else all_uplinks(known.reader)
    period, window = _period(zone, now_at)
    return period, sla_reports(known.reader, uplinks, window, site=site.name, zone=zone, now_at=now_at)


def _period(zone: ZoneInfo, now_at: datetime) -> tuple[str, Window]:
    start, end = request.args.get("from"), request.args.get("to")
    if start is None and end is None:
        month = request.args.get("month") or month_of(now_at, zone)
        try:
            return month, month_window(month, zone)
        except ValueError as error:
            raise BadRequest(f"month={month!r} is not accepted; use YYYY-MM") from error
    try:
        moments = [datetime.fromisoformat(text or "") for text in (start, end)]
    except ValueError as error:
        raise BadRequest("from and to must both be given, as ISO 8601 moments or dates") from error
    start_at, end_at = (m if m.tzinfo else m.replace(tzinfo=zone) for m in moments)
    if start_at >= end_at:
        raise BadRequest("from must be before to")
    return f"{start_at:%Y-%m-%d}_{end_at:%Y-%m-%d}", Window(start_at.astimezone(UTC), end_at.astimezone(UTC))
