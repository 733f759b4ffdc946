"""What a step of the wall clock does to what is remembered."""

from ispstatus.actions.rollup import rebuild_buckets
from ispstatus.store import chunks, meta, minutes, retention, uplinks
from ispstatus.store.db import Db


def quarantine_future(db: Db, now_ts: float, *, has_stepped: bool = True) -> int:
    """Set aside every row that begins in the future; return how many.

    After a step back (``has_stepped``), or when anything was set aside, minutes that exist are not rewritten any more:
    they were recorded by a clock that has gone. Run it at start with ``has_stepped=False``, and after every step back.
    """
    running_ts = int(now_ts) - int(now_ts) % minutes.MINUTE
    moved = retention.set_future_aside(db, int(now_ts))
    if has_stepped or moved:
        meta.put(db, meta.FROZEN, str(running_ts + minutes.MINUTE))
    if moved:
        _remake(db, running_ts)
    return sum(moved.values())


def _remake(db: Db, running_ts: int) -> None:
    """The bucket in hand has lost minutes, and what was served of today is no longer true."""
    present = [stored.id for stored in uplinks.stored(db)]
    rebuild_buckets(db, [(uplink_id, running_ts) for uplink_id in present])
    uplinks.bump(db, present)
    for uplink_id in present:
        chunks.drop(db, uplink_id, running_ts // chunks.DAY, running_ts // chunks.DAY)
