from datetime import UTC, datetime

import pytest

from ispstatus.analytics.kpis import Health, connectivity
from ispstatus.analytics.latest import Latest
from ispstatus.model.series import Protocol, Sample
from ispstatus.queries.insight.agents import find_agent
from ispstatus.queries.insight.recent import connectivity_of, forecast
from ispstatus.queries.reader import Reader
from ispstatus.store import series
from tests.queries.insight.story import FAR, NOW_TS, Story, mean_ms
from tests.store.kit import halves_between

NOW = datetime.fromtimestamp(NOW_TS, UTC)
ICMP = Protocol.ICMP


def remembered(story: Story, agent_id: int, seconds: float, now_ts: int = NOW_TS) -> Latest:
    """Return what memory would hold of an agent if the daemon had started so many seconds ago."""
    samples = [
        Sample(
            one.protocol, one.target, one.at_ms / 1000, None if one.rtt_us is None else one.rtt_us / 1000, one.is_own
        )
        for one in story.within(now_ts - seconds, now_ts, agent_id)
    ]
    return Latest(float(now_ts), float(now_ts), tuple(sorted(samples, key=lambda one: one.sent_boot_s)))


def test_the_figures_are_those_of_memory_with_the_flags_of_the_store(story: Story, reading_it: Reader) -> None:
    """At a moment with a flagged half minute in the five minutes before, stability is lower than memory alone tells."""
    (number,) = (one.id for one in series.of_agent(reading_it.db(), 3) if one.protocol is ICMP)
    halves = halves_between(reading_it.db(), NOW_TS - 40_000, NOW_TS)[number]
    flagged = [ts for ts, half in halves if half.is_flagged]
    agent, now_ts = find_agent(reading_it, "3"), flagged[0] + 45
    latest = remembered(story, 3, 600, now_ts)

    found = connectivity_of(reading_it, agent, latest, is_down=False)

    plain = connectivity(latest.recent(), agent.expected, is_down=False)
    assert found.latency_ms == plain.latency_ms
    assert found.packet_loss_pct == plain.packet_loss_pct
    assert plain.stability_pct is not None
    assert found.stability_pct is not None
    assert found.stability_pct < plain.stability_pct


def test_a_line_that_is_down_is_dead_whatever_memory_holds(story: Story, reading_it: Reader) -> None:
    found = connectivity_of(reading_it, find_agent(reading_it, "1"), remembered(story, 1, 600), is_down=True)

    assert (found.packet_loss_pct, found.stability_pct, found.health) == (100.0, 0.0, Health.NEED_ATTENTION)


def test_the_forecast_is_that_of_ten_minutes_in_memory(story: Story, reading_it: Reader) -> None:
    agent = find_agent(reading_it, "3")

    found = forecast(reading_it, agent, remembered(story, 3, 600), is_down=False)

    expected = mean_ms(story.spoken(NOW_TS - 600, NOW_TS, 3)[ICMP])
    assert expected is not None
    assert found.projected_ms == pytest.approx(expected, rel=0.3)


def test_after_a_restart_the_store_remembers(story: Story, reading_it: Reader) -> None:
    """With memory gone the forecast is that of the stored half minutes, nearly the one there was before."""
    agent = find_agent(reading_it, "3")
    whole = forecast(reading_it, agent, remembered(story, 3, 600), is_down=False)
    empty = forecast(reading_it, agent, remembered(story, 3, 0), is_down=False)
    half = forecast(reading_it, agent, remembered(story, 3, 200), is_down=False)

    for found in (empty, half):
        assert found.projected_ms == pytest.approx(whole.projected_ms, rel=0.3)
        assert found.interval_ms == pytest.approx(whole.interval_ms, rel=0.3)
    assert forecast(reading_it, agent, remembered(story, 3, 0), is_down=True).projected_ms is None
    assert story.spoken(NOW_TS - 600, NOW_TS, 3)[ICMP][0].target == FAR
