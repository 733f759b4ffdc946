"""Small statistics, by their published definitions."""

from collections.abc import Sequence

import pytest

from ispstatus.analytics.stats import differences, median, percentile


@pytest.mark.parametrize(
    ("values", "middle"), [([], None), ([5.0], 5.0), ([3.0, 1.0, 2.0], 2.0), ([4.0, 1.0, 2.0, 3.0], 2.5)]
)
def test_median(values: Sequence[float], middle: float | None) -> None:
    assert median(values) == middle


@pytest.mark.parametrize(
    ("pct", "value"), [(0, 1.0), (1, 1.0), (50, 50.0), (95, 95.0), (99, 99.0), (99.5, 100.0), (100, 100.0)]
)
def test_percentile_is_nearest_rank(pct: float, value: float) -> None:
    assert percentile(map(float, range(100, 0, -1)), pct) == value


def test_percentile_of_nothing_is_none() -> None:
    assert percentile([], 99) is None


def test_a_loss_is_not_bridged() -> None:
    assert differences([10, 12, None, 50, 49]) == [2, 1]
    assert differences([7.0]) == differences([None, None]) == []
