"""The answers of an agent in a window, one far end per protocol: single ones, or sums of half minutes and hours."""

from collections.abc import Collection, Mapping

from ispstatus.analytics.latest import Latest
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import half_minutes, hours, samples, series
from ispstatus.store.db import Db
from ispstatus.store.half_minutes import HALF_MINUTE
from ispstatus.store.series import Series

MINUTE = 60
STORED_WITHIN_S = 900
"""Memory goes back ten minutes, so what is older than this is stored."""

Answers = list[tuple[int, int, int]]
"""Epoch milliseconds, microseconds, and how many answers these are the sum of; oldest first."""
_End = tuple[Protocol, str]
"""A far end of a protocol."""


def raw_answers(
    reader: Reader, agent_id: int, protocols: Collection[Protocol], window: Window, latest: Latest | None
) -> Mapping[Protocol, Answers]:
    """Return the single answers that left in a window, those that are not stored yet from memory."""
    db = reader.db()
    known = _known(db, agent_id, protocols)
    found: dict[_End, Answers] = {}
    start_ms, end_ms = (round(moment.timestamp() * 1000) for moment in (window.start_at, window.end_at))
    first_ts = start_ms // 1000 // MINUTE * MINUTE
    for ts, number, offsets_ms, rtts_us in samples.runs_between(db, list(known), first_ts, -(-end_ms // 1000)):
        one = known[number]
        answers = found.setdefault((one.protocol, one.target), [])
        start = ts * 1000
        answers += [
            (start + offset, rtt, 1)
            for offset, rtt in zip(offsets_ms, rtts_us, strict=True)
            if rtt is not None and start_ms <= start + offset < end_ms
        ]
    own = {(one.protocol, one.target): one.is_own for one in known.values()}
    if latest is not None:
        _remember(found, own, latest, protocols, (_stored_until_ms(db, known, latest), start_ms, end_ms))
    return _spoken(found, own)


def coarse_answers(
    reader: Reader, agent_id: int, protocols: Collection[Protocol], window: Window, step_s: int
) -> Mapping[Protocol, Answers]:
    """Return the sums of the half minutes (or of the hours, by ``step_s``) that start in a window."""
    db = reader.db()
    known = _known(db, agent_id, protocols)
    read = half_minutes.sums_between if step_s == HALF_MINUTE else hours.sums_between
    found: dict[_End, Answers] = {}
    for ts, number, sum_us, count in read(db, list(known), window.start_ts, window.end_ts):
        one = known[number]
        found.setdefault((one.protocol, one.target), []).append((ts * 1000, sum_us, count))
    return _spoken(found, {(one.protocol, one.target): one.is_own for one in known.values()})


def _known(db: Db, agent_id: int, protocols: Collection[Protocol]) -> dict[int, Series]:
    return {one.id: one for one in series.of_agent(db, agent_id) if one.protocol in protocols}


def _stored_until_ms(db: Db, known: Collection[int], latest: Latest) -> int:
    newest_ts = samples.newest_ts(db, known, int(latest.now_ts) - STORED_WITHIN_S)
    return 0 if newest_ts is None else (newest_ts + MINUTE) * 1000


def _remember(
    found: dict[_End, Answers],
    own: dict[_End, bool],
    latest: Latest,
    protocols: Collection[Protocol],
    bounds_ms: tuple[int, int, int],
) -> None:
    """Add what is in memory from ``stored_until`` on, within the window."""
    stored_until_ms, start_ms, end_ms = bounds_ms
    for ts, sample in latest.since(max(stored_until_ms, start_ms) / 1000):
        at_ms = round(ts * 1000)
        if sample.rtt_ms is not None and sample.protocol in protocols and at_ms < end_ms:
            end = (sample.protocol, sample.target)
            found.setdefault(end, []).append((at_ms, round(sample.rtt_ms * 1000), 1))
            own.setdefault(end, sample.is_own)


def _spoken(found: Mapping[_End, Answers], own: Mapping[_End, bool]) -> dict[Protocol, Answers]:
    """Return the answers of the far end that speaks for each protocol: own before public, then of most answers."""
    spoken: dict[Protocol, tuple[tuple[bool, int], Answers]] = {}
    for end, answers in found.items():
        place = own[end], sum(count for _, _, count in answers)
        if answers and (end[0] not in spoken or place > spoken[end[0]][0]):
            spoken[end[0]] = place, answers
    return {protocol: answers for protocol, (_, answers) in spoken.items()}
