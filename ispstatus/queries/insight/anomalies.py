"""Half minutes out of the ordinary in any window: hours where they are whole, half minutes at the edges."""

from collections.abc import Collection, Iterable
from functools import reduce
from statistics import median

from ispstatus.analytics.anomalies import (
    AnomalyReport,
    events_of,
    merge_events,
    protocol_anomalies,
    report_of,
    spread_ms,
)
from ispstatus.analytics.speaking import Part, speakers
from ispstatus.model.series import Aggregate, Events, HalfMinute, Hour, Protocol
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import half_minutes, hours, series
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY

EXACT_S = DAY
"""In a longer window the median of the hours' spreads stands for the spread of its half minutes."""


def anomalies(
    reader: Reader, agent_id: int, window: Window, protocols: Collection[Protocol] = tuple(Protocol)
) -> AnomalyReport:
    """Return the report of one agent; half minutes are not cut, and what is older than eight days begins an hour."""
    db = reader.db()
    known = [one for one in series.of_agent(db, agent_id) if one.protocol in protocols]
    numbers = [one.id for one in known]
    start_ts, first_hour_ts, last_hour_ts, end_ts = hours.split(db, window.start_ts, window.end_ts)
    lead = half_minutes.of_series(db, numbers, start_ts, first_hour_ts)
    whole = hours.of_series(db, numbers, first_hour_ts, last_hour_ts)
    trail = half_minutes.of_series(db, numbers, last_hour_ts, end_ts)
    parts = []
    for one in known:
        found = _added(lead.get(one.id, []), whole.get(one.id, []), trail.get(one.id, []))
        parts.append(Part(one.protocol, one.target, one.is_own, *found, one.id))
    speaking = {protocol: part for protocol, part in speakers(parts).items() if part.sums.sent}
    spreads = _spreads(db, [part.series for part in speaking.values()], window, whole)
    return report_of(
        {
            protocol: protocol_anomalies(part.sums, part.events, spreads.get(part.series))
            for protocol, part in sorted(speaking.items())
        }
    )


def _added(
    lead: list[tuple[int, HalfMinute]], whole: list[tuple[int, Hour]], trail: list[tuple[int, HalfMinute]]
) -> tuple[Aggregate, Events]:
    """Return the counts and the sum of one series, and its events in their order."""
    every = [*(half.sums for _, half in lead), *(hour.sums for _, hour in whole), *(half.sums for _, half in trail)]
    sums = Aggregate(
        sent=sum(one.sent for one in every),
        lost=sum(one.lost for one in every),
        sum_us=sum(one.sum_us for one in every),
    )
    events = [_events(lead), *(hour.events for _, hour in whole), _events(trail)]
    return sums, reduce(merge_events, events)


def _events(halves: Iterable[tuple[int, HalfMinute]]) -> Events:
    return events_of((half.sums, half.is_flagged) for _, half in halves)


def _spreads(
    db: Db, numbers: Collection[int], window: Window, whole: dict[int, list[tuple[int, Hour]]]
) -> dict[int, float | None]:
    """Return the spread of each series, in milliseconds."""
    if window.seconds <= EXACT_S:
        means = half_minutes.means_between(db, numbers, window.start_ts, window.end_ts)
        return {number: spread_ms(of_series) for number, of_series in means.items()}
    spreads = {
        number: [hour.spread_us for _, hour in whole.get(number, []) if hour.spread_us is not None]
        for number in numbers
    }
    return {number: median(of_series) / 1000 for number, of_series in spreads.items() if of_series}
