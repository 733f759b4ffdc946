from datetime import UTC, datetime

import pytest

from ispstatus.analytics.correlation import analysed, levels_of, pair_sums, patterns_of
from ispstatus.model.series import Protocol
from ispstatus.queries.insight.correlation import Correlation, correlation
from ispstatus.queries.reader import Reader
from ispstatus.store.hours import DAY, HOUR
from tests.queries.insight.story import AGENTS, MIDNIGHT_TS, NOW_TS, Story, Told, ends_of

NOW = datetime.fromtimestamp(NOW_TS, UTC)
CARRIERS = (Protocol.ICMP, Protocol.TWAMP, Protocol.UDP, Protocol.TCP)


def slow_means(samples: list[Told]) -> dict[int, int]:
    found: dict[int, list[int]] = {}
    for one in samples:
        if one.rtt_us is not None:
            found.setdefault(one.at_ms // 300_000 * 300, []).append(one.rtt_us)
    return {ts: int(sum(answers) / len(answers) + 0.5) for ts, answers in found.items()}


def slow_series(story: Story, agent_id: int, start_ts: int, end_ts: int) -> dict[int, int]:
    """Return the means of the far end and the protocol of which there are most."""
    best: dict[Protocol, tuple[tuple[bool, int], dict[int, int]]] = {}
    for (protocol, _), samples in ends_of(story.within(start_ts, end_ts, agent_id)).items():
        means = slow_means(samples)
        place = (samples[0].is_own, len(means))
        if protocol in CARRIERS and (protocol not in best or place > best[protocol][0]):
            best[protocol] = place, means
    return max((best[name][1] for name in CARRIERS if name in best), key=len)


@pytest.mark.parametrize("seconds", [1900, 2 * HOUR, DAY, 3 * DAY])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7])
def test_the_patterns_are_those_of_all_samples(
    story: Story, reading_it: Reader, seconds: int, threshold: float
) -> None:
    end_ts = NOW_TS // 300 * 300
    start_ts = -(-(NOW_TS - seconds) // 300) * 300
    series = {agent: slow_series(story, agent, start_ts, end_ts) for agent in AGENTS}

    found = correlation(reading_it, AGENTS, NOW, seconds, threshold)

    assert found.analysed == analysed(series)
    expected = patterns_of(pair_sums(series), levels_of(series, end_ts), threshold)
    assert found.patterns == expected


def test_a_day_of_like_days_shows_in_the_pattern(reading_it: Reader) -> None:
    found = correlation(reading_it, AGENTS, NOW, 3 * DAY, 0.5)

    assert found.analysed == 4
    assert any(len(pattern.agents) >= 2 for pattern in found.patterns)


def test_only_the_agents_asked_about_are_compared(reading_it: Reader) -> None:
    assert correlation(reading_it, (1,), NOW, 2 * HOUR, 0.0).analysed == 1
    assert correlation(reading_it, (), NOW, 2 * HOUR, 0.0) == Correlation(0, [])
    before = datetime.fromtimestamp(MIDNIGHT_TS, UTC)
    assert correlation(reading_it, AGENTS, before, DAY, 0.0).analysed == 0
