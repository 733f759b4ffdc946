"""The E-model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.voice import NO_CALL, experience_of, mos, r_factor

RTT = st.floats(0, 5000)
JITTER = st.floats(0, 500)
LOSS = st.floats(0, 100)


@pytest.mark.parametrize(
    ("rtt", "jitter", "loss", "qoe"),
    [
        (9.32, 6.1, 0, 4.953),
        (40, 5, 1, 4.740),
        (100, 20, 2, 4.482),
        (300, 30, 5, 3.546),
        (600, 80, 10, 1.144),
    ],
)
def test_experience_of_the_worked_checks(rtt: float, jitter: float, loss: float, qoe: float) -> None:
    assert round(experience_of(rtt, jitter, loss).qoe, 3) == qoe


@pytest.mark.parametrize(("rating", "score"), [(0, 1.0), (3, 1.0), (60, 3.1), (93.2, 4.41), (100, 4.5)])
def test_mos_of_known_ratings(rating: float, score: float) -> None:
    assert round(mos(rating), 2) == score


def slow_rating(rtt: float, jitter: float, loss: float) -> float:
    """The same, spelled out line by line."""
    d = rtt / 2 + 2 * jitter + 20
    delay = 0.024 * d
    if d > 177.3:
        delay += 0.11 * (d - 177.3)
    rating = 93.2 - delay - 95 * loss / (loss + 25.1)
    return rating if rating > 0 else 0.0


@given(RTT, JITTER, LOSS)
def test_the_rating_is_what_the_formula_says(rtt: float, jitter: float, loss: float) -> None:
    assert r_factor(rtt, jitter, loss) == pytest.approx(slow_rating(rtt, jitter, loss))


@given(RTT, JITTER, LOSS)
def test_scores_stay_in_their_ranges_and_never_better_with_more_trouble(rtt: float, jitter: float, loss: float) -> None:
    now, worse = experience_of(rtt, jitter, loss), experience_of(rtt + 10, jitter + 1, min(100.0, loss + 1))

    assert 0 <= now.r_factor <= 93.2
    assert 0 <= now.qoe <= 5
    assert 1 <= now.mos <= 4.41
    assert worse.qoe <= now.qoe


def test_where_nothing_gets_through_is_the_worst_there_is() -> None:
    assert (NO_CALL.r_factor, NO_CALL.qoe, NO_CALL.mos) == (0.0, 0.0, mos(0))
    assert experience_of(5000, 500, 100) == NO_CALL
