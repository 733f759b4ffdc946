"""Agents in order of performance."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from ispstatus.analytics.kpis import stability_pct
from ispstatus.analytics.latency import line_ms, packet_loss_pct
from ispstatus.analytics.rankings import Metric, Ranking, Standing, rank
from ispstatus.analytics.speaking import Part, speakers, sums_of
from ispstatus.model.window import Window
from ispstatus.queries.insight.parts import parts_between
from ispstatus.queries.reader import Reader
from ispstatus.store import health

HOUR = 3600


def ranking(reader: Reader, agent_ids: Collection[int], now: datetime, seconds: int, metric: Metric) -> Ranking:
    """Return the ranking over the time asked for, to now. Health counts the whole hours that touch it and are over."""
    window = Window(now - timedelta(seconds=seconds), now)
    parts = parts_between(reader, agent_ids, window)
    good = health.between(reader.db(), window.start_ts - window.start_ts % HOUR, window.end_ts)
    return rank(
        (_standing(agent_id, of_agent, good.get(agent_id, (0, 0))) for agent_id, of_agent in parts.items()), metric
    )


def _standing(agent_id: int, parts: Iterable[Part], minutes: tuple[int, int]) -> Standing:
    speaking = speakers(parts)
    sums, events = sums_of(speaking), {protocol: part.events for protocol, part in speaking.items()}
    judged, good = minutes
    return Standing(
        agent_id=agent_id,
        latency_ms=line_ms(sums),
        loss_pct=packet_loss_pct(sums),
        stability_pct=stability_pct(sums, events),
        good_pct=100 * good / judged if judged else None,
    )
