"""How long a cycle waits for an echo."""

import pytest

from ispstatus.jobs.plan import echo_timeout_s


@pytest.mark.parametrize(
    ("median_ms", "timeout_s"),
    [
        pytest.param(None, 2.0, id="two-seconds-until-learnt"),
        pytest.param(20.0, 1.0, id="a-second-at-least"),
        pytest.param(600.0, 2.4, id="four-medians"),
        pytest.param(900.0, 3.0, id="three-seconds-at-most"),
    ],
)
def test_the_timeout_follows_the_median(median_ms: float | None, timeout_s: float) -> None:
    assert echo_timeout_s(median_ms) == pytest.approx(timeout_s)
