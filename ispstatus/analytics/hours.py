"""What the half minutes of an hour come to."""

from collections.abc import Iterable, Sequence
from statistics import median

from ispstatus.analytics.aggregates import HALF_MINUTE, HOUR, joined
from ispstatus.analytics.anomalies import events_of, spread_ms
from ispstatus.model.series import Aggregate, HalfMinute, Hour

FIVE_MINUTES = 300


def mean_us(sums: Aggregate) -> int | None:
    """Return the mean of the answers in whole microseconds."""
    return _mean(sums.sum_us, sums.received)


def hour_of(ts: int, halves: Sequence[tuple[int, HalfMinute]]) -> Hour:
    """Return the hour that starts at ``ts`` from its half minutes, ``(ts, half minute)``, oldest first."""
    medians = [half.median_us for _, half in halves if half.median_us is not None]
    means = [mean for _, half in halves if (mean := mean_us(half.sums)) is not None]
    spread = spread_ms(means)
    return Hour(
        sums=joined(((at_ts, half.sums) for at_ts, half in halves), HALF_MINUTE),
        median_us=round(median(medians)) if medians else None,
        events=events_of((half.sums, half.is_flagged) for _, half in halves),
        spread_us=None if spread is None else round(spread * 1000),
        means_us=_five_minute_means(ts, halves),
    )


def _five_minute_means(ts: int, halves: Iterable[tuple[int, HalfMinute]]) -> tuple[int | None, ...]:
    count = HOUR // FIVE_MINUTES
    sums_us, received = [0] * count, [0] * count
    for at_ts, half in halves:
        place = (at_ts - ts) // FIVE_MINUTES
        sums_us[place] += half.sums.sum_us
        received[place] += half.sums.received
    return tuple(map(_mean, sums_us, received))


def _mean(sum_us: int, received: int) -> int | None:
    return (2 * sum_us + received) // (2 * received) if received else None
