"""What a step of the wall clock does to what is remembered."""

from ispstatus.actions.rollup import rebuild_buckets
from ispstatus.store import chunks, meta, minutes, retention, uplinks
from ispstatus.store.db import Db


def quarantine_future(db: Db, now_ts: float, *, has_stepped: bool = True, is_trusted: bool = True) -> int:
    """Set aside every row that begins in the future; return how many.

    Run it after every step back, and at start with ``has_stepped=False``. Minutes that exist by then are not rewritten
    any more: they were recorded by a clock that has gone.

    A clock that is behind must not cost any history: with ``is_trusted=False`` (nothing has synchronised it yet, as on
    a box that boots without a battery clock), or when all there is lies in its future, nothing is moved.
    """
    running_ts = int(now_ts) - int(now_ts) % minutes.MINUTE
    oldest_ts, newest_ts = minutes.reach(db)
    if not is_trusted or oldest_ts > now_ts:
        if newest_ts > now_ts:
            _freeze(db, newest_ts)
        return 0
    moved = retention.set_future_aside(db, int(now_ts))
    if has_stepped or moved:
        _freeze(db, running_ts)
    if moved:
        _remake(db, running_ts)
    return sum(moved.values())


def _freeze(db: Db, last_ts: int) -> None:
    meta.put(db, meta.FROZEN, str(last_ts + minutes.MINUTE))


def _remake(db: Db, running_ts: int) -> None:
    """The bucket in hand has lost minutes, and what was served of today is no longer true."""
    present = [stored.id for stored in uplinks.stored(db)]
    rebuild_buckets(db, [(uplink_id, running_ts) for uplink_id in present])
    uplinks.bump(db, present)
    for uplink_id in present:
        chunks.drop(db, uplink_id, running_ts // chunks.DAY, running_ts // chunks.DAY)
