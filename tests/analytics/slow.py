"""The slow, obvious way to get a figure, for tests to compare with."""

from collections.abc import Iterable
from statistics import fmean

from ispstatus.analytics.stats import differences


def jitter(values: Iterable[float | None]) -> float | None:
    """Return the mean absolute difference of consecutive values: 136, 184, 115, 148, 125 give 43.25."""
    steps = differences(values)
    return fmean(steps) if steps else None
