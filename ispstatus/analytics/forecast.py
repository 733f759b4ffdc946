"""The latency of the next minute, and how sure that is (NOTES A3).

* *projected*: Holt's linear method (Holt 1957) over the last five minute means, one step of 60 s ahead, never below 0:
  ``level = 0.5 x + 0.5 (level + trend)``, ``trend = 0.1 (level - level before) + 0.9 trend``, projection
  ``level + trend``. It starts at the first mean with the mean step between first and last as its trend, so that a
  straight line is continued exactly. A minute without an answer moves the level along the trend.
* *interval*: ``1.96 * standard deviation`` of the answers of ten minutes: half the width of a 95 % interval.
* *confidence*: ``100 * (1 - interval / mean)`` over the same ten minutes, within 0 to 100. A percentage.

Each is taken per protocol that speaks for the line and averaged. Below five answers there is nothing to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from ispstatus.analytics.aggregates import mean_ms, merge, stdev_ms
from ispstatus.analytics.latency import Sums, carriers, mean_of
from ispstatus.model.series import Aggregate, Protocol

STEP_S = 60
PROJECTED_FROM = 5
MEASURED_OVER = 10
"""Minutes."""
SMOOTHING = 0.5
TREND_SMOOTHING = 0.1
TWO_SIDED_95 = 1.96
LEAST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of the next minute."""

    projected_ms: float | None = None
    interval_ms: float | None = None
    """Half width."""
    confidence_pct: float | None = None


def forecast_of(minutes: Sequence[Sums], *, is_down: bool) -> Forecast:
    """Return the forecast from the sums of the last ten minutes, oldest first; a DOWN uplink has none."""
    if is_down:
        return Forecast()
    measured = minutes[-MEASURED_OVER:]
    totals = carriers({protocol: _total(measured, protocol) for protocol in Protocol})
    speaking = {protocol: total for protocol, total in totals.items() if total.received >= LEAST_ANSWERS}
    interval_ms = mean_of(map(_half_width, speaking.values()))
    return Forecast(
        projected_ms=mean_of(_projection(measured[-PROJECTED_FROM:], protocol) for protocol in speaking),
        interval_ms=interval_ms,
        confidence_pct=_confidence(interval_ms, mean_of(map(mean_ms, speaking.values()))),
    )


def holt(values: Sequence[float | None]) -> float | None:
    """Return Holt's projection one step beyond ``values``; None without a value, which alone is its own projection."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if not known:
        return None
    (first, level), (last, newest) = known[0], known[-1]
    trend = (newest - level) / (last - first) if last > first else 0.0
    for value in values[first + 1 :]:
        expected = level + trend
        if value is None:
            level = expected
            continue
        before, level = level, SMOOTHING * value + (1 - SMOOTHING) * expected
        trend = TREND_SMOOTHING * (level - before) + (1 - TREND_SMOOTHING) * trend
    return max(0.0, level + trend)


def _total(minutes: Sequence[Sums], protocol: Protocol) -> Aggregate:
    return reduce(merge, (minute[protocol] for minute in minutes if protocol in minute), Aggregate())


def _projection(minutes: Sequence[Sums], protocol: Protocol) -> float | None:
    if _total(minutes, protocol).received < LEAST_ANSWERS:
        return None
    return holt([mean_ms(minute[protocol]) if protocol in minute else None for minute in minutes])


def _half_width(sums: Aggregate) -> float | None:
    deviation = stdev_ms(sums)
    return None if deviation is None else TWO_SIDED_95 * deviation


def _confidence(interval_ms: float | None, mean: float | None) -> float | None:
    if interval_ms is None or not mean:
        return None
    return max(0.0, 100 * (1 - interval_ms / mean))
