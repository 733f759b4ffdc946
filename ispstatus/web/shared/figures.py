"""What the stream says of an uplink *now*: figures from before an outage are not told as if they held in it."""

from ispstatus.model.quality import Quality
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State

_DEAD = Quality(loss_pct=100.0)


def present_quality(report: UplinkReport) -> Quality | None:
    """Return the figures that hold now: of a DOWN uplink that all is lost, of an UNKNOWN one nothing."""
    match report.decision.state:
        case State.DOWN:
            return _DEAD
        case State.UNKNOWN:
            return None
        case _:
            return report.quality
