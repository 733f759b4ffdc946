"""``/``: every uplink at a glance, and its evidence one click away."""

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from ispstatus import __version__
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State
from ispstatus.web.pages.cards import cards
from ispstatus.web.pages.words import age_text, clock_time
from ispstatus.web.shared.deps import CONTRACT, Deps, deps
from ispstatus.web.shared.health import judge_health, look
from ispstatus.web.shared.sentences import headline

bp = Blueprint("overview", __name__)


@bp.get("/")
def get_overview() -> ResponseReturnValue:
    """Show the last verdict of every uplink to people; never probes."""
    known, reports = deps(), deps().last_reports()
    page = render_template(
        "overview.html",
        deps=known,
        version=__version__,
        contract=CONTRACT,
        headline=headline(reports),
        worst=_worst(reports).name.lower(),
        checked=_checked(known, reports),
        health=judge_health(look(known)),
        cards=cards(known, reports),
    )
    return make_response(page, {"Cache-Control": "no-store"})


def _worst(reports: tuple[UplinkReport, ...]) -> State:
    states = [report.decision.state for report in reports]
    return max(states, key=lambda state: state.severity, default=State.UNKNOWN)


def _checked(known: Deps, reports: tuple[UplinkReport, ...]) -> str:
    """Return when the newest verdict was given: "checked 4 s ago, 14:03:12"."""
    measured = [report for report in reports if report.measured_at is not None]
    if not measured:
        return "not checked yet since the start"
    newest = min(measured, key=lambda report: report.age_ms)
    assert newest.measured_at is not None  # noqa: S101  filtered above
    return f"checked {age_text(newest.age_ms / 1000)} ago, {clock_time(newest.measured_at, known.zone)}"
