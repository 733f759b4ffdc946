"""The next minute."""

from collections.abc import Sequence
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.forecast import Forecast, forecast_of, holt
from ispstatus.model.series import Aggregate, Protocol

ICMP, TWAMP, TCP = Protocol.ICMP, Protocol.TWAMP, Protocol.TCP
Minute = dict[Protocol, Aggregate]


def minutes(*rtts: Sequence[float | None], protocol: Protocol = ICMP) -> list[Minute]:
    """One minute per list of round trips in milliseconds."""
    return [{protocol: aggregate_of(None if rtt is None else round(rtt * 1000) for rtt in one)} for one in rtts]


# -------------------------------------------------------------------- Holt
def slow_holt(values: Sequence[float]) -> float:
    """The textbook's two recurrences, with every level and trend kept."""
    levels, trends = [values[0]], [(values[-1] - values[0]) / (len(values) - 1)]
    for value in values[1:]:
        levels.append(0.5 * value + 0.5 * (levels[-1] + trends[-1]))
        trends.append(0.1 * (levels[-1] - levels[-2]) + 0.9 * trends[-1])
    return max(levels[-1] + trends[-1], 0)


@given(st.lists(st.floats(0, 3000), min_size=2, max_size=10))
def test_holt_is_the_textbooks(values: list[float]) -> None:
    assert holt(values) == pytest.approx(slow_holt(values))


@given(st.floats(0, 500), st.floats(0, 50))
def test_a_straight_line_is_continued(start: float, step: float) -> None:
    assert holt([start + step * place for place in range(5)]) == pytest.approx(start + step * 5)


def test_a_spike_that_is_over_hardly_moves_the_projection() -> None:
    assert holt([10, 20, 10, 10, 10]) == pytest.approx(10.5, abs=1)


def test_a_minute_without_an_answer_moves_along_the_trend() -> None:
    assert holt([10.0, None, 30.0, 40.0]) == pytest.approx(50.0)
    assert holt([None, 10.0, 20.0, None]) == pytest.approx(40.0)


@pytest.mark.parametrize(("values", "next_one"), [([], None), ([None], None), ([None, 7.0], 7.0), ([60.0, 0.0], 0.0)])
def test_holt_of_little(values: Sequence[float | None], next_one: float | None) -> None:
    assert holt(values) == next_one


# -------------------------------------------------------------------- the forecast
RTTS = st.lists(st.integers(1_000, 300_000).map(lambda us: us / 1000), min_size=1, max_size=6)


@given(st.lists(RTTS, min_size=5, max_size=14))
def test_a_forecast_is_what_its_definitions_say(rtts: list[list[float]]) -> None:
    ten = [rtt for one in rtts[-10:] for rtt in one]
    interval = 1.96 * pstdev(ten)

    seen = forecast_of(minutes(*rtts), is_down=False)

    assert seen.projected_ms == pytest.approx(slow_holt([fmean(one) for one in rtts[-5:]]))
    assert seen.interval_ms == pytest.approx(interval, abs=1e-6)
    assert seen.confidence_pct == pytest.approx(max(0.0, 100 * (1 - interval / fmean(ten))), abs=1e-4)


def test_confidence_of_the_published_reading() -> None:
    ten = [14.09 + 6.94 / 1.96, 14.09 - 6.94 / 1.96] * 5

    seen = forecast_of(minutes(*[[rtt] for rtt in ten]), is_down=False)

    assert seen.interval_ms == pytest.approx(6.94, abs=0.001)
    assert seen.confidence_pct == pytest.approx(50.74, abs=0.01)


def test_an_interval_wider_than_the_mean_leaves_no_confidence() -> None:
    assert forecast_of(minutes(*[[1.0], [1.0], [1.0], [20.0], [1.0]]), is_down=False).confidence_pct == 0.0


def test_protocols_are_projected_apart_and_averaged() -> None:
    icmp, twamp = minutes(*[[10.0]] * 10), minutes(*[[30.0]] * 9, [None], protocol=TWAMP)
    both = [one | two for one, two in zip(icmp, twamp, strict=True)]

    seen = forecast_of(both, is_down=False)

    assert seen.projected_ms == 10.0, "twamp has four answers in five minutes"
    assert (seen.interval_ms, seen.confidence_pct) == (0.0, 100.0)


def test_a_protocol_that_hardly_answered_is_in_no_mean() -> None:
    once = [
        one | two
        for one, two in zip(minutes(*[[10.0]] * 5), minutes([900.0], *[[None]] * 4, protocol=TWAMP), strict=True)
    ]

    assert forecast_of(once, is_down=False) == Forecast(10.0, 0.0, 100.0)


def test_below_five_answers_there_is_nothing_to_say() -> None:
    assert forecast_of(minutes(*[[10.0]] * 4), is_down=False) == Forecast()
    assert forecast_of([], is_down=False) == Forecast()
    assert forecast_of(minutes([10.0] * 5), is_down=False) == Forecast(10.0, 0.0, 100.0)


def test_five_answers_that_are_six_minutes_old_give_an_interval_and_no_projection() -> None:
    seen = forecast_of([*minutes([10.0] * 5), *[Minute() for _ in range(5)]], is_down=False)

    assert seen == Forecast(None, 0.0, 100.0)


def test_a_round_trip_of_no_time_at_all_has_no_confidence() -> None:
    assert forecast_of(minutes([0.0] * 5), is_down=False) == Forecast(0.0, 0.0, None)


def test_a_dead_uplink_has_no_forecast() -> None:
    assert forecast_of(minutes(*[[10.0]] * 10), is_down=True) == Forecast()
