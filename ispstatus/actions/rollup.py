"""What follows from minutes: buckets, revisions, closed days. Always recomputed, never incremented."""

from collections.abc import Iterable
from dataclasses import asdict

from ispstatus.analytics.buckets import bucket_of
from ispstatus.analytics.summary import Totals, summarise
from ispstatus.model.record import Minute, Outage
from ispstatus.model.window import Window
from ispstatus.store import buckets, chunks, minutes, uplinks
from ispstatus.store.buckets import served_until_ts
from ispstatus.store.db import Db

_BUCKET, _DAY = buckets.BUCKET, chunks.DAY
_MARGIN_S = 5
"""What is stored this shortly before a bucket is served may be committed after: it counts as served."""


def rebuild_buckets(db: Db, changed: Iterable[tuple[int, int]]) -> None:
    """Recompute what follows from changed minutes, given as ``(uplink_id, ts)``.

    The bucket in hand is left alone until its last minute is there.
    """
    served_ts = served_until_ts(db.clock.wall() + _MARGIN_S)
    touched = sorted({(uplink_id, ts - ts % _BUCKET) for uplink_id, ts in changed})
    last_minutes = {(uplink_id, ts) for uplink_id, ts in changed if ts % _BUCKET == _BUCKET - minutes.MINUTE}
    reserved: set[tuple[int, int]] = set()
    for uplink_id, start_ts in touched:
        is_served = start_ts + _BUCKET <= served_ts
        is_complete = (uplink_id, start_ts + _BUCKET - minutes.MINUTE) in last_minutes
        if is_served or is_complete or buckets.has_bucket(db, uplink_id, start_ts):
            _rebuild(db, uplink_id, start_ts)
        if is_served:
            reserved.add((uplink_id, start_ts // _DAY))
    unserve(db, reserved)


def close_buckets(db: Db, coming: Iterable[Minute]) -> None:
    """Make the buckets whose last minute never came, before the first minute of a later one is stored."""
    for uplink_id, ts in _bucket_starts(coming):
        if minutes.minutes_between(db, uplink_id, ts, ts + _BUCKET, 1):
            continue
        _close_stale(db, uplink_id, ts)


def unserve(db: Db, days: Iterable[tuple[int, int]]) -> None:
    """Something served of these ``(uplink_id, day)`` changed: count it and forget the closed day."""
    listed = list(days)
    uplinks.bump(db, sorted({uplink_id for uplink_id, _ in listed}))
    for uplink_id, day in listed:
        chunks.drop(db, uplink_id, day, day)


def close_days(db: Db, limit: int = 10) -> int:
    """Make up to ``limit`` closed days that are not stored yet; return how many were made.

    Run it a minute after midnight UTC and now and then: what changed late is made again. Call until it returns 0.
    """
    end_day = served_until_ts(db.clock.wall()) // _DAY
    made = 0
    for stored in uplinks.stored(db):
        _close_stale(db, stored.id, served_until_ts(db.clock.wall()))
        there = chunks.days(db, stored.id, end_day - chunks.KEEP_DAYS)
        for day in range(end_day - 1, end_day - chunks.KEEP_DAYS - 1, -1):
            if made >= limit:
                return made
            if day not in there and _close_day(db, stored.id, day):
                made += 1
    chunks.drop_before(db, end_day - chunks.KEEP_DAYS)
    return made


def _close_stale(db: Db, uplink_id: int, before_ts: int) -> None:
    newest_ts = buckets.newest_bucket_ts(db, uplink_id, before_ts)
    since_ts = 0 if newest_ts is None else newest_ts + _BUCKET
    for start_ts in buckets.unbucketed(db, uplink_id, since_ts, before_ts):
        _rebuild(db, uplink_id, start_ts)
        unserve(db, [(uplink_id, start_ts // _DAY)])


def _close_day(db: Db, uplink_id: int, day: int) -> bool:
    if not buckets.has_any(db, uplink_id, day * _DAY, (day + 1) * _DAY):
        return False
    chunks.put(db, chunks.build(db, uplink_id, day, _summary))
    return True


def _rebuild(db: Db, uplink_id: int, start_ts: int) -> None:
    inside = minutes.minutes_between(db, uplink_id, start_ts, start_ts + _BUCKET)
    if inside:
        buckets.put_buckets(db, [bucket_of(uplink_id, start_ts, inside)])
    else:
        buckets.drop_bucket(db, uplink_id, start_ts)


def _bucket_starts(coming: Iterable[Minute]) -> list[tuple[int, int]]:
    return sorted({(minute.uplink_id, minute.ts - minute.ts % _BUCKET) for minute in coming})


def _summary(window: Window, totals: chunks.DayTotals, outages: list[Outage]) -> dict[str, object]:
    return asdict(summarise(window, Totals(*totals), outages))
