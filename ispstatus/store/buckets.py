"""Buckets, packed: five aligned minutes as one row of seven integers."""
# ruff: noqa: S608  every name put into SQL here is a constant of this file

from collections.abc import Iterable

from ispstatus.model.record import Bucket
from ispstatus.model.state import State
from ispstatus.store.db import PAGE, Db, Row

BUCKET = 300
SERVED_AFTER_S = 15
"""A bucket is served so long after its end: its last minute is stored by then."""
_ELEVEN = (1 << 11) - 1
_BUCKET = "ts, uplink_id, classes, echoes, rtt_sum_us, rtt_max_us, jitter_sum_us"


def served_until_ts(now_ts: float) -> int:
    """Return the end of the last bucket that is served now."""
    return int(now_ts - SERVED_AFTER_S) // BUCKET * BUCKET


def pack_bucket(bucket: Bucket) -> Row:
    """Return the row of a bucket. Its state follows from its minutes and is not stored."""
    return (
        bucket.ts,
        bucket.uplink_id,
        bucket.up
        | bucket.degraded << 3
        | bucket.down << 6
        | bucket.down_s << 9
        | bucket.excluded_s << 18
        | bucket.unknown_s << 27,
        min(bucket.jitter_count, _ELEVEN) | min(bucket.received, _ELEVEN) << 11 | min(bucket.sent, _ELEVEN) << 22,
        bucket.rtt_sum_us,
        bucket.rtt_max_us,
        bucket.jitter_sum_us,
    )


def unpack_bucket(row: Row) -> Bucket:
    """Return the bucket of a row."""
    ts, uplink_id, classes, echoes, rtt_sum_us, rtt_max_us, jitter_sum_us = row
    up, degraded, down = (classes >> place & 7 for place in (0, 3, 6))
    return Bucket(
        uplink_id=uplink_id,
        ts=ts,
        state=worst(up, degraded, down),
        up=up,
        degraded=degraded,
        down=down,
        no_data=5 - up - degraded - down,
        down_s=classes >> 9 & 511,
        unknown_s=classes >> 27,
        sent=echoes >> 22,
        received=echoes >> 11 & _ELEVEN,
        rtt_sum_us=rtt_sum_us,
        rtt_max_us=rtt_max_us,
        jitter_sum_us=jitter_sum_us,
        jitter_count=echoes & _ELEVEN,
        excluded_s=classes >> 18 & 511,
    )


def worst(up: int, degraded: int, down: int) -> State:
    """Return the state of a bucket with so many minutes of each state."""
    if down:
        return State.DOWN
    if degraded:
        return State.DEGRADED
    return State.UP if up else State.UNKNOWN


def put_buckets(db: Db, buckets: Iterable[Bucket]) -> None:
    """Store buckets, replacing those that exist."""
    db.many("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?, ?, ?, ?)", map(pack_bucket, buckets))


def drop_bucket(db: Db, uplink_id: int, ts: int) -> None:
    """Forget one bucket: none of its minutes is left."""
    db.run("DELETE FROM bucket WHERE ts = ? AND uplink_id = ?", (ts, uplink_id))


def has_bucket(db: Db, uplink_id: int, ts: int) -> bool:
    """Whether this bucket is stored."""
    return db.value("SELECT 1 FROM bucket WHERE ts = ? AND uplink_id = ?", (ts, uplink_id)) is not None


def has_any(db: Db, uplink_id: int, start_ts: int, end_ts: int) -> bool:
    """Whether an uplink has a bucket that starts in ``[start_ts, end_ts)``."""
    found = db.value(
        "SELECT 1 FROM bucket WHERE ts >= ? AND ts < ? AND uplink_id = ? LIMIT 1", (start_ts, end_ts, uplink_id)
    )
    return found is not None


def bucket_rows(db: Db, uplink_id: int, start_ts: int, end_ts: int, limit: int = PAGE) -> list[Row]:
    """Return the packed rows of an uplink's buckets that start in ``[start_ts, end_ts)``, oldest first."""
    return db.rows(
        f"SELECT {_BUCKET} FROM bucket WHERE ts >= ? AND ts < ? AND uplink_id = ? ORDER BY ts LIMIT ?",
        (start_ts, end_ts, uplink_id, limit),
    )


def buckets_between(db: Db, uplink_id: int, start_ts: int, end_ts: int, limit: int = PAGE) -> list[Bucket]:
    """Return an uplink's buckets that start in ``[start_ts, end_ts)``, oldest first."""
    return [unpack_bucket(row) for row in bucket_rows(db, uplink_id, start_ts, end_ts, limit)]


def newest_bucket_ts(db: Db, uplink_id: int, before_ts: int) -> int | None:
    """Return when the newest bucket of an uplink before ``before_ts`` starts."""
    ts: int | None = db.value(
        "SELECT ts FROM bucket WHERE ts < ? AND uplink_id = ? ORDER BY ts DESC LIMIT 1", (before_ts, uplink_id)
    )
    return ts


def unbucketed(db: Db, uplink_id: int, since_ts: int, before_ts: int) -> list[int]:
    """Return the starts of buckets in ``[since_ts, before_ts)`` that have minutes but are not stored."""
    rows = db.rows(
        "SELECT DISTINCT m.ts - m.ts % 300 AS start FROM minute AS m"
        " WHERE m.ts >= ? AND m.ts < ? AND m.uplink_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM bucket WHERE ts = m.ts - m.ts % 300 AND uplink_id = m.uplink_id)"
        " ORDER BY start",
        (since_ts, before_ts, uplink_id),
    )
    return [row[0] for row in rows]
