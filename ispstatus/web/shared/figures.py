"""What the stream says of an uplink *now*: figures from before an outage are not told as if they held in it."""

from dataclasses import replace

from ispstatus.analytics.stats import median
from ispstatus.model.quality import Quality
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State

_DEAD = Quality(loss_pct=100.0)


def present_quality(report: UplinkReport) -> Quality | None:
    """Return the figures that hold now: of a DOWN uplink that all is lost, of an UNKNOWN one nothing.

    Until the stream has a latency to tell (the first minute after a start) the verdict's own echoes stand for it.
    """
    match report.decision.state:
        case State.DOWN:
            return _DEAD
        case State.UNKNOWN:
            return None
        case _:
            return _with_latency(report)


def _with_latency(report: UplinkReport) -> Quality | None:
    quality, evidence = report.quality, report.evidence
    if quality is None or quality.latency_ms is not None or evidence is None:
        return quality
    return replace(quality, latency_ms=median([ping.rtt_ms for ping in evidence.pings if ping.rtt_ms is not None]))
