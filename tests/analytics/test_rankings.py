"""Agents in order of performance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.rankings import Metric, Ranked, Standing, rank, score_of


def test_scores_and_places_of_the_published_readings() -> None:
    standings = [Standing(1, 22.4), Standing(2, 85.7), Standing(3, 45.2), Standing(4), Standing(5)]

    ranking = rank(standings, Metric.OVERALL)

    assert [(one.rank, one.agent_id, round(one.score, 1)) for one in ranking.ranked] == [
        (1, 1, 77.6),
        (2, 3, 54.8),
        (3, 2, 14.3),
    ]
    assert ranking.total == 5
    assert ranking.top is ranking.ranked[0]
    assert ranking.bottom is ranking.ranked[2]


@pytest.mark.parametrize(
    ("metric", "score"),
    [(Metric.LATENCY, 60.0), (Metric.OVERALL, 60.0), (Metric.STABILITY, 97.0), (Metric.CONNECTIVITY_HEALTH, 88.0)],
)
def test_the_score_follows_the_metric(metric: Metric, score: float) -> None:
    assert score_of(Standing(1, 40.0, 0.0, 97.0, 88.0), metric) == score
    assert score_of(Standing(1), metric) is None


def test_nobody_scores_below_nothing() -> None:
    assert score_of(Standing(1, 250.0), Metric.LATENCY) == 0.0


def test_equal_scores_go_by_loss_then_by_agent() -> None:
    equal = [Standing(10, 40.0, 0.5), Standing(4, 40.0, None), Standing(9, 40.0, 0.5), Standing(3, 40.0, 0.0)]

    assert [one.agent_id for one in rank(equal, Metric.LATENCY).ranked] == [3, 9, 10, 4]


def test_an_agent_measured_by_another_metric_has_no_latency() -> None:
    assert rank([Standing(1, stability_pct=90.0)], Metric.STABILITY).ranked == [Ranked(1, 1, None, 90.0)]


def test_one_agent_is_top_and_bottom_and_none_is_neither() -> None:
    alone = rank([Standing(1, 10.0)], Metric.LATENCY)
    assert alone.top == alone.bottom == Ranked(1, 1, 10.0, 90.0)

    nobody = rank([Standing(1)], Metric.LATENCY)
    assert (nobody.total, nobody.top, nobody.bottom) == (1, None, None)


@given(st.lists(st.none() | st.floats(0, 300), max_size=20))
def test_each_place_is_one_more_than_the_agents_before_it(latencies: list[float | None]) -> None:
    standings = [Standing(place, latency) for place, latency in enumerate(latencies)]

    for one in rank(standings, Metric.LATENCY).ranked:
        better = [
            other
            for other in standings
            if other.latency_ms is not None
            and (-max(0.0, 100 - other.latency_ms), other.agent_id) < (-one.score, one.agent_id)
        ]
        assert one.rank == len(better) + 1
