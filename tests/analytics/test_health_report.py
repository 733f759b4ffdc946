"""How the agents of a site did."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.health_report import Grade, Period, grade_of, health_report, report_window
from ispstatus.model.window import Window

NOW = datetime(2026, 3, 10, 14, 30, 45, tzinfo=UTC)
PUBLISHED = {1: 25.3, 2: 65.8, 3: 120.4, 4: 20.0, 5: 30.0}


def test_the_published_readings() -> None:
    report = health_report(PUBLISHED)

    assert report.score == 76.0
    assert report.distribution == {Grade.GOOD: 3, Grade.FAIR: 1, Grade.POOR: 1}
    assert [(one.agent_id, one.latency_ms, one.grade) for one in report.agents[:3]] == [
        (1, 25.3, "GOOD"),
        (2, 65.8, "FAIR"),
        (3, 120.4, "POOR"),
    ]


@pytest.mark.parametrize(
    ("latency", "grade"),
    [
        (0.0, "GOOD"),
        (49.99, "GOOD"),
        (49.996, "FAIR"),
        (50.0, "FAIR"),
        (99.99, "FAIR"),
        (99.996, "POOR"),
        (100.0, "POOR"),
        (None, "POOR"),
    ],
)
def test_grades_go_by_the_latency_that_is_printed(latency: float | None, grade: str) -> None:
    assert grade_of(latency) == grade


@pytest.mark.parametrize(("period", "days"), [("daily", 1), ("weekly", 7), ("monthly", 30)])
def test_a_report_reaches_back_from_now(period: str, days: int) -> None:
    assert report_window(NOW, Period(period)) == Window(NOW - timedelta(days=days), NOW)


def test_a_site_without_agents_has_no_score() -> None:
    report = health_report({})

    assert (report.score, list(report.agents)) == (None, [])
    assert report.distribution == {Grade.GOOD: 0, Grade.FAIR: 0, Grade.POOR: 0}
    assert report.recommendations == ["Monitored agents: 0 (0 good, 0 fair, 0 poor)"]


def test_recommendations_name_the_agents_most_urgent_first() -> None:
    report = health_report({**PUBLISHED, 6: 300.0, 7: None})

    assert report.recommendations == [
        "Monitored agents: 7 (3 good, 1 fair, 3 poor)",
        "No latency was measured, check that they are connected: agent 7",
        "Investigate, slowest first: agents 6, 3",
        "Keep an eye on: agent 2",
    ]


def test_where_all_is_well_there_is_nothing_to_do() -> None:
    assert len(health_report({1: 10.0}).recommendations) == 1


@given(st.dictionaries(st.integers(1, 99), st.none() | st.floats(0, 300), min_size=1))
def test_the_score_is_the_mean_worth_and_everyone_is_counted_once(latencies: dict[int, float | None]) -> None:
    report = health_report(latencies)
    good, fair, poor = (report.distribution[grade] for grade in Grade)

    assert good + fair + poor == len(latencies)
    assert report.score == pytest.approx((100 * good + 60 * fair + 20 * poor) / len(latencies))
    assert [one.agent_id for one in report.agents] == sorted(latencies)
