"""The last hour against the days before: trends and degradations (NOTES A6 K and O).

``percent = (current - baseline) / baseline * 100`` on latency (``latency.line_ms``): 42.5 against 35.2 ms is 20.7.
Current is the last hour; the baseline is the mean over the whole UTC days that ended yesterday. Only protocols that
answered in both are compared, so that a reflector that came or went is no trend. Percentages are judged as they are
printed, with one decimal: what reads 20.0 is 20.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ispstatus.analytics.latency import Sums, answering, line_ms
from ispstatus.model.window import Window

CHANGED_PCT = 20.0
TWICE = 2


class TrendStatus(StrEnum):
    """What became of an agent's latency."""

    DEGRADED = "DEGRADED"
    """20 % more, or worse."""
    IMPROVED = "IMPROVED"
    """20 % less, or better."""
    STABLE = "STABLE"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    """No latency now, or none to compare it with."""


class Severity(StrEnum):
    """How bad a degradation or a pattern is."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


@dataclass(frozen=True, slots=True)
class Trend:
    """An agent's latency now, before, and the change."""

    current_ms: float | None
    baseline_ms: float | None
    change_pct: float | None
    """Positive is slower; None when there is nothing to compare."""
    status: TrendStatus


@dataclass(frozen=True, slots=True)
class Degradation:
    """An agent that became slower by more than the threshold."""

    agent_id: int
    change_pct: float
    current_ms: float
    baseline_ms: float
    severity: Severity
    """HIGH at twice the threshold, else MEDIUM."""
    message: str


def current_window(now: datetime) -> Window:
    """Return the hour that ends at ``now``."""
    return Window(now - timedelta(hours=1), now)


def baseline_window(now: datetime, lookback_days: int) -> Window:
    """Return the ``lookback_days`` whole UTC days that ended at the last UTC midnight."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(midnight - timedelta(days=lookback_days), midnight)


def trend_of(current: Sums, baseline: Sums) -> Trend:
    """Return the trend between the sums of two windows, over the protocols that answered in both.

    Without one in common there is no change to tell, and each latency stands for itself.
    """
    both = answering(current).keys() & answering(baseline).keys()
    if not both:
        return Trend(line_ms(current), line_ms(baseline), None, TrendStatus.INSUFFICIENT_DATA)
    return compare(line_ms(answering(current, both)), line_ms(answering(baseline, both)))


def compare(current_ms: float | None, baseline_ms: float | None) -> Trend:
    """Return the trend between two latencies."""
    if current_ms is None or not baseline_ms:
        return Trend(current_ms, baseline_ms, None, TrendStatus.INSUFFICIENT_DATA)
    change_pct = (current_ms - baseline_ms) / baseline_ms * 100
    return Trend(current_ms, baseline_ms, change_pct, _status(_printed(change_pct)))


def degradations(trends: Mapping[int, Trend], threshold_pct: float, lookback_days: int) -> list[Degradation]:
    """Return the agents whose latency rose by ``threshold_pct`` or more, worst first."""
    found = [_degradation(agent_id, trend, threshold_pct, lookback_days) for agent_id, trend in trends.items()]
    return sorted((one for one in found if one), key=lambda one: (-one.change_pct, one.agent_id))


def _degradation(agent_id: int, trend: Trend, threshold_pct: float, lookback_days: int) -> Degradation | None:
    current_ms, baseline_ms, change_pct = trend.current_ms, trend.baseline_ms, trend.change_pct
    if current_ms is None or baseline_ms is None or change_pct is None or _printed(change_pct) < threshold_pct:
        return None
    days = "the day before" if lookback_days == 1 else f"the {lookback_days} days before"
    return Degradation(
        agent_id=agent_id,
        change_pct=change_pct,
        current_ms=current_ms,
        baseline_ms=baseline_ms,
        severity=Severity.HIGH if _printed(change_pct) >= TWICE * threshold_pct else Severity.MEDIUM,
        message=f"Agent {agent_id} is {change_pct:.1f} % slower in the last hour ({current_ms:.1f} ms)"
        f" than over {days} ({baseline_ms:.1f} ms)",
    )


def _status(change_pct: float) -> TrendStatus:
    if change_pct >= CHANGED_PCT:
        return TrendStatus.DEGRADED
    return TrendStatus.IMPROVED if change_pct <= -CHANGED_PCT else TrendStatus.STABLE


def _printed(pct: float) -> float:
    return round(pct, 1)
