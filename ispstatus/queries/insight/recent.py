"""The present of one agent: the last minutes in memory, and what the store adds: flags, and what a restart forgot."""

from dataclasses import replace

from ispstatus.analytics.aggregates import HALF_MINUTE, joined
from ispstatus.analytics.anomalies import events_of
from ispstatus.analytics.forecast import Forecast, forecast_of
from ispstatus.analytics.kpis import QUALITY_S, Connectivity, connectivity
from ispstatus.analytics.latency import Sums
from ispstatus.analytics.latest import MINUTE, MINUTES, Latest
from ispstatus.analytics.speaking import Part, speakers
from ispstatus.model.series import Aggregate, HalfMinute, Protocol
from ispstatus.queries.insight.agents import Agent
from ispstatus.queries.reader import Reader
from ispstatus.store import half_minutes, series

_Halves = list[tuple[int, HalfMinute]]


def connectivity_of(reader: Reader, agent: Agent, latest: Latest, *, is_down: bool) -> Connectivity:
    """Return the figures of an agent; ``is_down``: its uplink's state is DOWN."""
    now_ts = int(latest.now_ts)
    spoken = _spoken(reader, agent.id, now_ts - QUALITY_S, now_ts)
    events = {protocol: events_of((half.sums, half.is_flagged) for _, half in halves) for protocol, halves in spoken}
    return connectivity(replace(latest.recent(), events=events), agent.expected, is_down=is_down)


def forecast(reader: Reader, agent: Agent, latest: Latest, *, is_down: bool) -> Forecast:
    """Return what is expected of the next minute; minutes that memory lost in a restart are read from the store."""
    minutes = list(latest.minutes())
    if not all(minutes):
        stored = _stored_minutes(reader, agent.id, latest.now_ts)
        minutes = [known or kept for known, kept in zip(minutes, stored, strict=True)]
    return forecast_of(minutes, is_down=is_down)


def _stored_minutes(reader: Reader, agent_id: int, now_ts: float) -> list[Sums]:
    first_ts = now_ts - MINUTES * MINUTE
    minutes: list[dict[Protocol, _Halves]] = [{} for _ in range(MINUTES)]
    for protocol, halves in _spoken(reader, agent_id, int(first_ts) + 1, int(now_ts)):
        for ts, half in halves:
            minutes[int((ts - first_ts) // MINUTE)].setdefault(protocol, []).append((ts, half))
    return [{protocol: _joined(halves) for protocol, halves in minute.items()} for minute in minutes]


def _spoken(reader: Reader, agent_id: int, start_ts: int, end_ts: int) -> list[tuple[Protocol, _Halves]]:
    """Return the half minutes of the far ends that speak for one agent."""
    known = {one.id: one for one in series.of_agent(reader.db(), agent_id)}
    found = half_minutes.of_series(reader.db(), known, start_ts, end_ts)
    parts = [
        Part(known[number].protocol, known[number].target, known[number].is_own, _joined(halves), series=number)
        for number, halves in found.items()
    ]
    return [(protocol, found[part.series]) for protocol, part in speakers(parts).items()]


def _joined(halves: _Halves) -> Aggregate:
    return joined(((ts, half.sums) for ts, half in halves), HALF_MINUTE)
