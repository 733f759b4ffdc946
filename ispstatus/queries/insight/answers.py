"""The answers of an agent in a window, one far end per protocol: single ones, or means of half minutes and hours.

They are read slice by slice, so that a long window is never whole in memory.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ispstatus.analytics.latest import Latest
from ispstatus.analytics.speaking import Part, speakers
from ispstatus.model.series import Aggregate, Protocol, Sample
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import means, samples, series, sums
from ispstatus.store.db import PAGE, Db, Row
from ispstatus.store.half_minutes import HALF_MINUTE
from ispstatus.store.hours import HOUR

MINUTE = 60
STORED_WITHIN_S = 900
"""Memory goes back ten minutes, so what is older than this is stored."""

Answers = Mapping[Protocol, list[tuple[int, int]]]
"""Epoch milliseconds and microseconds of single answers, oldest first."""
_End = tuple[Protocol, str]
"""A far end of a protocol."""
_Young = Sequence[tuple[int, Sample]]
"""Samples that are not stored yet, with their epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """The far ends that speak for an agent in a window."""

    window: Window
    ends: Mapping[Protocol, Part]
    """With nothing but their answers, counted in whole half minutes."""
    young: _Young


def speaking(
    reader: Reader, agent_id: int, protocols: Collection[Protocol], window: Window, latest: Latest | None
) -> Speaking:
    """Return who speaks for each protocol, those included of which nothing is stored yet."""
    db = reader.db()
    stored = {one.id: one for one in series.of_agent(db, agent_id) if one.protocol in protocols}
    young = [] if latest is None else _not_stored(db, stored, protocols, window, latest)
    totals = sums.between(db, window.start_ts - window.start_ts % HALF_MINUTE, window.end_ts, stored)
    numbers, own, answered = dict[_End, int](), dict[_End, bool](), Counter[_End]()
    for one in stored.values():
        end = one.protocol, one.target
        numbers[end], own[end] = one.id, one.is_own
        answered[end] = totals[one.id][0].received if one.id in totals else 0
    for _, sample in young:
        end = sample.protocol, sample.target
        own.setdefault(end, sample.is_own)
        answered[end] += sample.rtt_ms is not None
    parts = [Part(*end, own[end], Aggregate(answered[end]), series=numbers.get(end, 0)) for end in own]
    return Speaking(window, speakers(parts), young)


def single_answers(reader: Reader, spoken: Speaking) -> Iterator[Answers]:
    """Yield the single answers that left in the window, an hour at a time, then those from memory."""
    protocol_of = {part.series: protocol for protocol, part in spoken.ends.items() if part.series}
    start_ms, end_ms = _bounds_ms(spoken.window)
    start_ts, end_ts = start_ms // 1000 // MINUTE * MINUTE, -(-end_ms // 1000)
    for first_ts in range(start_ts, end_ts, HOUR):
        found: dict[Protocol, list[tuple[int, int]]] = {protocol: [] for protocol in spoken.ends}
        last_ts = min(first_ts + HOUR, end_ts)
        for ts, number, offsets_ms, rtts_us in samples.runs_between(reader.db(), protocol_of, first_ts, last_ts):
            start = ts * 1000
            found[protocol_of[number]] += [
                (start + offset, rtt)
                for offset, rtt in zip(offsets_ms, rtts_us, strict=True)
                if rtt is not None and start_ms <= start + offset < end_ms
            ]
        yield found
    young: dict[Protocol, list[tuple[int, int]]] = {protocol: [] for protocol in spoken.ends}
    for at_ms, sample in spoken.young:
        if sample.rtt_ms is not None and sample.target == spoken.ends[sample.protocol].target:
            young[sample.protocol].append((at_ms, round(sample.rtt_ms * 1000)))
    yield young


def stored_means(reader: Reader, spoken: Speaking, protocols: Sequence[Protocol], step_s: int) -> Iterator[Row]:
    """Yield ``(ts, mean, mean, ...)`` of the half minutes or hours that start in the window, oldest first.

    Means are whole microseconds in the order of ``protocols``, None without an answer.
    """
    numbers = [spoken.ends[name].series if name in spoken.ends else 0 for name in protocols]
    slice_s = PAGE * step_s
    for first_ts in range(spoken.window.start_ts, spoken.window.end_ts, slice_s):
        last_ts = min(first_ts + slice_s, spoken.window.end_ts)
        yield from means.side_by_side(reader.db(), step_s, numbers, first_ts, last_ts)


def _not_stored(
    db: Db, stored: Collection[int], protocols: Collection[Protocol], window: Window, latest: Latest
) -> _Young:
    newest_ts = samples.newest_ts(db, stored, int(latest.now_ts) - STORED_WITHIN_S)
    stored_until_ms = 0 if newest_ts is None else (newest_ts + MINUTE) * 1000
    start_ms, end_ms = _bounds_ms(window)
    since = latest.since(max(stored_until_ms, start_ms) / 1000)
    found = [(round(ts * 1000), sample) for ts, sample in since if sample.protocol in protocols]
    return [(at_ms, sample) for at_ms, sample in found if at_ms < end_ms]


def _bounds_ms(window: Window) -> tuple[int, int]:
    return round(window.start_at.timestamp() * 1000), round(window.end_at.timestamp() * 1000)
