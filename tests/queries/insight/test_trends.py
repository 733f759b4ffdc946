from datetime import UTC, datetime

import pytest

from ispstatus.analytics.trends import Severity, TrendStatus
from ispstatus.queries.insight.trends import degraded, trend
from ispstatus.queries.reader import Reader
from ispstatus.store.hours import DAY, HOUR
from tests.queries.insight.story import AGENTS, MIDNIGHT_TS, NOW_TS, Story, ends_of, line_of, spoken_of, up30

NOW = datetime.fromtimestamp(NOW_TS, UTC)
TODAY_TS = MIDNIGHT_TS + 3 * DAY


def slow_trend(story: Story, agent_id: int, days: int) -> tuple[float | None, float | None]:
    """Return the line's latency in the last hour and before, over the far ends that are in both."""
    current = story.within(up30(NOW_TS - HOUR), up30(NOW_TS), agent_id)
    before = ends_of(story.within(TODAY_TS - days * DAY, TODAY_TS, agent_id))
    spoken = spoken_of([one for one in current if (one.protocol, one.target) in before])
    baseline = {protocol: before[protocol, samples[0].target] for protocol, samples in spoken.items()}
    return line_of(spoken), line_of(baseline)


@pytest.mark.parametrize("agent_id", AGENTS)
@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_trend_is_that_of_all_samples(story: Story, reading_it: Reader, agent_id: int, days: int) -> None:
    found = trend(reading_it, agent_id, NOW, days)

    current, baseline = slow_trend(story, agent_id, days)
    assert current is not None
    assert baseline is not None
    assert found.current_ms == pytest.approx(current)
    assert found.baseline_ms == pytest.approx(baseline)
    assert found.change_pct == pytest.approx((current - baseline) / baseline * 100)


def test_the_agent_that_became_slow_is_told(reading_it: Reader) -> None:
    found = degraded(reading_it, AGENTS, NOW, 3, 20.0)

    assert found[0].agent_id == 2
    assert found[0].severity is Severity.HIGH
    assert degraded(reading_it, AGENTS, NOW, 3, 1000.0) == []
    assert degraded(reading_it, (1, 3), NOW, 3, 20.0) == [one for one in found if one.agent_id in (1, 3)]


def test_an_agent_nobody_measured_has_no_trend(reading_it: Reader) -> None:
    assert trend(reading_it, 99, NOW, 7).status is TrendStatus.INSUFFICIENT_DATA


def test_a_far_end_that_is_new_is_compared_with_nothing(reading_it: Reader) -> None:
    """Before the story began nobody was measured: the present stands for itself."""
    early = datetime.fromtimestamp(MIDNIGHT_TS + 5 * HOUR, UTC)

    found = trend(reading_it, 1, early, 7)

    assert (found.change_pct, found.status) == (None, TrendStatus.INSUFFICIENT_DATA)
    assert found.current_ms is not None
    assert found.baseline_ms is None
    assert line_of({}) is None
