"""The sentence of a verdict in the site's own time."""

from zoneinfo import ZoneInfo

from ispstatus.decide.sentence import state_text
from ispstatus.model.report import UplinkReport
from ispstatus.web.shared.deps import Deps


def sentence(report: UplinkReport, deps: Deps) -> str:
    """Return "DOWN since 14:03:12 +02:00, 7 min: ..." for one uplink."""
    zone = ZoneInfo(deps.settings.site.timezone)
    return state_text(report.decision, report.since_at, deps.clock.now(), zone)
