"""Small statistics with their definitions said aloud. None means "too little to say", never 0."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil
from statistics import median as middle


def median(values: Sequence[float]) -> float | None:
    """Return the median, the mean of the middle two for an even count."""
    return middle(values) if values else None


def percentile(values: Iterable[float], pct: float) -> float | None:
    """Return the nearest-rank percentile: the smallest value that at least ``pct`` percent do not exceed."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, ceil(len(ordered) * pct / 100) - 1)]


def differences(values: Iterable[float | None]) -> list[float]:
    """Return the absolute differences of consecutive values; None (a loss) ends a run and is not bridged."""
    return [abs(later - sooner) for sooner, later in pairwise(values) if sooner is not None and later is not None]
