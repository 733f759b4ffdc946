"""Verdicts in words, in the site's own time."""

from collections.abc import Sequence

from ispstatus.decide.sentence import state_text
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State
from ispstatus.web.shared.deps import Deps


def sentence(report: UplinkReport, deps: Deps) -> str:
    """Return "DOWN since 14:03:12 +02:00, 7 min: ..." for one uplink."""
    return state_text(report.decision, report.since_at, deps.now(), deps.zone)


def headline(reports: Sequence[UplinkReport]) -> str:
    """Return one sentence about all uplinks, the worst first by name: "2 of 3 uplinks are up; LTE is DOWN."."""
    if not reports:
        return "No uplink is known: this box has no default route."
    up = sum(report.decision.state is State.UP for report in reports)
    if up == len(reports):
        return "The uplink is up." if up == 1 else f"All {up} uplinks are up."
    ill = sorted(
        (report for report in reports if report.decision.state is not State.UP),
        key=lambda report: -report.decision.state.severity,
    )
    names = ", ".join(f"{report.uplink.name} is {report.decision.state.name}" for report in ill)
    if len(reports) == 1:
        return f"{names}."
    return f"{up} of {len(reports)} uplinks {'is' if up == 1 else 'are'} up; {names}."
