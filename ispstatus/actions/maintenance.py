"""Planned work: excluded seconds, also of entries that were added after the fact."""

from collections.abc import Iterable
from datetime import datetime

from ispstatus.actions.rollup import rebuild_buckets
from ispstatus.model.settings import Maintenance
from ispstatus.store import maintenance, minutes, uplinks
from ispstatus.store.codec import to_us
from ispstatus.store.db import Db


def set_maintenance(db: Db, entries: Iterable[Maintenance], now_at: datetime) -> None:
    """Make the stored entries those of the configuration.

    A new entry that began already excludes the whole minutes of the past it covers (what they were is kept), one that
    is gone includes them again. Buckets, revisions and closed days follow.
    """
    wished, stored = {_span(entry): entry for entry in entries}, {_span(old): old for old in maintenance.stored(db)}
    gone = [old for span, old in stored.items() if span not in wished]
    new = [entry for span, entry in wished.items() if span not in stored]
    maintenance.drop(db, gone)
    maintenance.put(db, wished.values(), to_us(now_at))
    ids = {stored_uplink.name: stored_uplink.id for stored_uplink in uplinks.stored(db)}
    for entry in gone:
        _apply(db, ids.get(entry.uplink), entry, now_at, is_excluded=False)
    # Entries that stay are applied again: one that is gone may have overlapped them.
    for entry in wished.values() if gone else new:
        _apply(db, ids.get(entry.uplink), entry, now_at, is_excluded=True)


def _apply(db: Db, uplink_id: int | None, entry: Maintenance, now_at: datetime, *, is_excluded: bool) -> None:
    end_at = min(entry.end_at, now_at)
    if uplink_id is None or entry.start_at >= end_at:
        return
    start_ts = -int(-entry.start_at.timestamp() // minutes.MINUTE) * minutes.MINUTE
    end_ts = int(end_at.timestamp() // minutes.MINUTE) * minutes.MINUTE
    change = minutes.exclude if is_excluded else minutes.include_again
    rebuild_buckets(db, [(uplink_id, ts) for ts in change(db, uplink_id, start_ts, end_ts)])


def _span(entry: Maintenance) -> tuple[str, datetime, datetime]:
    return entry.uplink, entry.start_at, entry.end_at
