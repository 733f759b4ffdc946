from datetime import UTC, datetime
from statistics import pstdev

import pytest

from ispstatus.analytics.rankings import Metric
from ispstatus.model.series import Protocol
from ispstatus.queries.insight.rankings import ranking
from ispstatus.queries.reader import Reader
from ispstatus.store import health, series
from ispstatus.store.hours import DAY, HOUR
from tests.queries.insight.story import AGENTS, NOW_TS, Story, Told, line_of, mean_ms, up30
from tests.store.kit import halves_between

NOW = datetime.fromtimestamp(NOW_TS, UTC)
WINDOWS = [600, HOUR, 5 * HOUR, DAY, 3 * DAY]


@pytest.mark.parametrize("seconds", WINDOWS)
def test_the_ranking_by_latency_is_that_of_all_samples(story: Story, reading_it: Reader, seconds: int) -> None:
    found = ranking(reading_it, AGENTS, NOW, seconds, Metric.LATENCY)

    expected = {agent: line_of(story.spoken(up30(NOW_TS - seconds), up30(NOW_TS), agent)) for agent in AGENTS}
    assert {one.agent_id: one.latency_ms for one in found.ranked} == {
        agent: pytest.approx(latency) for agent, latency in expected.items()
    }
    assert [one.agent_id for one in found.ranked] == sorted(expected, key=lambda agent: expected[agent] or 0)


def slow_stability(samples: list[Told], flagged: int, halves: int) -> float:
    answers = [one.rtt_us for one in samples if one.rtt_us is not None]
    mean = sum(answers) / len(answers)
    loss = 100 * (len(samples) - len(answers)) / len(samples)
    return max(0.0, 100 - 100 * pstdev(answers) / mean - loss - 100 * flagged / halves)


@pytest.mark.parametrize("seconds", WINDOWS)
def test_the_ranking_by_stability_is_that_of_all_samples(story: Story, reading_it: Reader, seconds: int) -> None:
    found = ranking(reading_it, AGENTS, NOW, seconds, Metric.STABILITY)

    start_ts, end_ts = up30(NOW_TS - seconds), up30(NOW_TS)
    flagged = halves_between(reading_it.db(), start_ts, end_ts)
    numbers = {(one.agent_id, one.protocol, one.target): one.id for one in series.every(reading_it.db())}
    for one in found.ranked:
        spoken = story.spoken(start_ts, end_ts, one.agent_id)
        names = [name for name in (Protocol.ICMP, Protocol.TWAMP) if mean_ms(spoken.get(name, [])) is not None]
        parts = []
        for name in names or [Protocol.TCP]:
            halves = flagged[numbers[one.agent_id, name, spoken[name][0].target]]
            parts.append(slow_stability(spoken[name], sum(half.is_flagged for _, half in halves), len(halves)))
        assert one.score == pytest.approx(sum(parts) / len(parts), abs=1e-6)


def test_the_ranking_by_health_counts_whole_hours(reading_it: Reader) -> None:
    found = ranking(reading_it, AGENTS, NOW, DAY, Metric.CONNECTIVITY_HEALTH)

    first_ts = (NOW_TS - DAY) // HOUR * HOUR
    known = health.between(reading_it.db(), first_ts, NOW_TS)
    assert all(1300 < judged <= 24 * 60 for judged, _ in known.values())
    assert {one.agent_id: one.score for one in found.ranked} == {
        agent: 100 * good / judged for agent, (judged, good) in known.items()
    }


def test_agents_without_a_sample_are_counted_and_not_ranked(reading_it: Reader) -> None:
    found = ranking(reading_it, (1, 99), NOW, DAY, Metric.OVERALL)

    assert (found.total, [one.agent_id for one in found.ranked]) == (2, [1])
