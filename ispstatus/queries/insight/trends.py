"""Trends and degradations: the last hour against the days before."""

from collections.abc import Collection, Sequence
from datetime import datetime

from ispstatus.analytics.latency import line_ms
from ispstatus.analytics.speaking import Part, in_both, speakers, sums_of
from ispstatus.analytics.trends import (
    Degradation,
    Trend,
    TrendStatus,
    baseline_window,
    current_window,
    degradations,
    trend_of,
)
from ispstatus.queries.insight.parts import parts_between
from ispstatus.queries.reader import Reader


def trend(reader: Reader, agent_id: int, now: datetime, lookback_days: int) -> Trend:
    """Return the trend of one agent."""
    return _trends(reader, (agent_id,), now, lookback_days)[agent_id]


def degraded(
    reader: Reader, agent_ids: Collection[int], now: datetime, lookback_days: int, threshold_pct: float
) -> list[Degradation]:
    """Return the agents that became slower by ``threshold_pct`` or more, worst first."""
    return degradations(_trends(reader, agent_ids, now, lookback_days), threshold_pct, lookback_days)


def _trends(reader: Reader, agent_ids: Collection[int], now: datetime, lookback_days: int) -> dict[int, Trend]:
    current = parts_between(reader, agent_ids, current_window(now))
    baseline = parts_between(reader, agent_ids, baseline_window(now, lookback_days))
    return {agent_id: _trend(current[agent_id], baseline[agent_id]) for agent_id in agent_ids}


def _trend(current: Sequence[Part], baseline: Sequence[Part]) -> Trend:
    """Compare far ends that answered in both windows; without one, each latency stands for itself."""
    now, before = in_both(current, baseline)
    if now:
        return trend_of(now, before)
    current_ms, baseline_ms = (line_ms(sums_of(speakers(parts))) for parts in (current, baseline))
    return Trend(current_ms, baseline_ms, None, TrendStatus.INSUFFICIENT_DATA)
