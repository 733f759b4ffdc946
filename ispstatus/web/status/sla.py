"""``/api/sla`` and its CSV: what each uplink delivered in a period, against its target."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.analytics.months import month_of, month_window
from ispstatus.analytics.sla import SlaReport
from ispstatus.model.errors import BadRequest
from ispstatus.model.window import Window
from ispstatus.queries.sla import sla_reports
from ispstatus.web.shared.csv import downloads, file_name
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.params import moment, query
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.uplinks import uplinks_named
from ispstatus.web.status.params import YES, SlaCsvQuery, SlaQuery
from ispstatus.web.status.payloads import sla_payload
from ispstatus.web.status.tables import SLA_COLUMNS, sla_rows

MOST_DAYS = 800


bp = Blueprint("sla", __name__)


@bp.get("/api/sla")
def get_sla() -> ResponseReturnValue:
    """Tell one uplink's report; without a name, every uplink's."""
    asked = query(SlaQuery)
    reports = [sla_payload(report) for report in _reports(asked)]
    return answer(reports[0] if asked.name is not None else {"total": len(reports), "uplinks": reports})


@bp.get("/api/sla.csv")
def get_sla_csv() -> ResponseReturnValue:
    """Download the report of one uplink, or of all."""
    asked, known = query(SlaCsvQuery), deps()
    name = file_name(known.settings.site.name, asked.name or "all", _period(asked), "sla")
    rows = sla_rows(_reports(asked))
    return downloads().send(name, SLA_COLUMNS, rows, zone=known.zone, is_excel=asked.excel in YES)


def _reports(asked: SlaQuery) -> tuple[SlaReport, ...]:
    known = deps()
    uplinks, window = uplinks_named(asked.name), _window(asked)
    site = known.settings.site.name
    return sla_reports(known.reader, uplinks, window, site=site, zone=known.zone, now_at=known.now())


def _window(asked: SlaQuery) -> Window:
    """Return the period asked for: a month, or from/to, or the present month so far."""
    known = deps()
    if asked.start is None and asked.end is None:
        return month_window(asked.month or month_of(known.now(), known.zone), known.zone)
    if asked.month is not None:
        raise BadRequest("month and from/to are two ways to say the same: only one is accepted")
    if asked.start is None or asked.end is None:
        raise BadRequest("from and to are only accepted together")
    start_at = moment(asked.start, "from", known.zone)
    end_at = moment(asked.end, "to", known.zone, is_end=True)
    if start_at >= end_at:
        raise BadRequest(f"from={asked.start} is not accepted: it must lie before to={asked.end}")
    if (end_at - start_at).days > MOST_DAYS:
        raise BadRequest(f"a period of at most {MOST_DAYS} days is accepted: seconds are kept for 400")
    return Window(start_at, end_at)


def _period(asked: SlaQuery) -> str:
    """Return the period as it stands in a file name."""
    known, window = deps(), _window(asked)
    if asked.start is None:
        return month_of(window.start_at, known.zone)
    return "to".join(f"{at.astimezone(known.zone):%Y%m%d}" for at in (window.start_at, window.end_at))
