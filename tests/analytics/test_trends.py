"""The last hour against the days before."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.trends import Severity, baseline_window, compare, current_window, degradations, trend_of
from ispstatus.model.series import Aggregate, Protocol
from ispstatus.model.window import Window

NOW = datetime(2026, 3, 10, 14, 30, 45, tzinfo=UTC)
ICMP, TWAMP, TCP = Protocol.ICMP, Protocol.TWAMP, Protocol.TCP


def at(**rtts_ms: float) -> dict[Protocol, Aggregate]:
    return {Protocol(name): aggregate_of([round(rtt * 1000)]) for name, rtt in rtts_ms.items()}


# -------------------------------------------------------------------- windows
def test_the_current_window_is_the_last_hour() -> None:
    assert current_window(NOW) == Window(NOW - timedelta(hours=1), NOW)


def test_the_baseline_ended_yesterday_in_utc() -> None:
    midnight = datetime(2026, 3, 10, tzinfo=UTC)

    assert baseline_window(NOW, 7) == Window(midnight - timedelta(days=7), midnight)
    elsewhere = datetime(2026, 3, 10, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert baseline_window(elsewhere, 1).end_at == datetime(2026, 3, 9, tzinfo=UTC)


# -------------------------------------------------------------------- trends
def test_the_change_of_the_published_reading() -> None:
    trend = compare(42.5, 35.2)

    assert trend.change_pct is not None
    assert round(trend.change_pct, 1) == 20.7
    assert trend.status == "DEGRADED"


@pytest.mark.parametrize(
    ("current", "status"),
    [
        (50.4, "DEGRADED"),
        (50.39, "DEGRADED"),
        (50.37, "STABLE"),
        (42.0, "STABLE"),
        (33.63, "STABLE"),
        (33.6, "IMPROVED"),
    ],
)
def test_twenty_percent_as_printed_is_a_change(current: float, status: str) -> None:
    assert compare(current, 42.0).status == status


@given(st.integers(0, 3_000_000), st.integers(1, 3_000_000))
def test_a_trend_is_what_exact_arithmetic_says(current_us: int, baseline_us: int) -> None:
    exact = Fraction(current_us - baseline_us, baseline_us) * 100
    trend = compare(current_us / 1000, baseline_us / 1000)

    assert trend.change_pct == pytest.approx(float(exact), abs=1e-6)
    if exact >= 20:
        assert trend.status == "DEGRADED"
    elif exact <= -20:
        assert trend.status == "IMPROVED"
    elif abs(exact) < Fraction(1994, 100):
        assert trend.status == "STABLE"


@pytest.mark.parametrize(("current", "baseline"), [(None, 35.2), (42.5, None), (42.5, 0.0), (None, None)])
def test_without_something_to_compare_there_is_no_trend(current: float | None, baseline: float | None) -> None:
    trend = compare(current, baseline)

    assert (trend.current_ms, trend.baseline_ms, trend.change_pct) == (current, baseline, None)
    assert trend.status == "INSUFFICIENT_DATA"


def test_only_protocols_that_answered_in_both_windows_are_compared() -> None:
    trend = trend_of(at(icmp=10.0), at(icmp=10.0, twamp=90.0))

    assert (trend.current_ms, trend.baseline_ms, trend.status) == (10.0, 10.0, "STABLE")
    assert trend_of(at(icmp=10.0, twamp=20.0), at(icmp=10.0, twamp=10.0)).change_pct == 50.0


def test_windows_without_a_protocol_in_common_stand_for_themselves() -> None:
    trend = trend_of(at(tcp=30.0), at(icmp=10.0))

    assert (trend.current_ms, trend.baseline_ms, trend.status) == (30.0, 10.0, "INSUFFICIENT_DATA")
    assert trend_of({}, at(icmp=10.0)).current_ms is None


# -------------------------------------------------------------------- degradations
def test_degradations_of_the_published_readings() -> None:
    trends = {2: compare(55.3, 45.0), 3: compare(78.5, 54.1), 1: compare(20.0, 20.0), 4: compare(None, 20.0)}

    alerts = degradations(trends, 20.0, 3)

    assert [(one.agent_id, round(one.change_pct, 1), one.severity) for one in alerts] == [
        (3, 45.1, Severity.HIGH),
        (2, 22.9, Severity.MEDIUM),
    ]
    assert (alerts[0].current_ms, alerts[0].baseline_ms) == (78.5, 54.1)


def test_the_message_says_how_much_and_since_when() -> None:
    (alert,) = degradations({3: compare(78.5, 54.1)}, 20.0, 3)

    assert alert.message == "Agent 3 is 45.1 % slower in the last hour (78.5 ms) than over the 3 days before (54.1 ms)"
    assert "than over the day before" in degradations({3: compare(78.5, 54.1)}, 20.0, 1)[0].message


@pytest.mark.parametrize(
    ("current", "severity"),
    [(119.94, None), (119.96, Severity.MEDIUM), (139.94, Severity.MEDIUM), (139.96, Severity.HIGH)],
)
def test_severity_follows_the_threshold(current: float, severity: Severity | None) -> None:
    alerts = degradations({1: compare(current, 100.0)}, 20.0, 3)

    assert [one.severity for one in alerts] == ([] if severity is None else [severity])


def test_the_worst_comes_first_and_ties_by_agent() -> None:
    trends = {10: compare(150.0, 100.0), 2: compare(150.0, 100.0), 7: compare(300.0, 100.0)}

    assert [one.agent_id for one in degradations(trends, 20.0, 3)] == [7, 2, 10]
