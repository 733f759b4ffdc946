"""What is forgotten, and when; and what is set aside because it lies in the future."""
# ruff: noqa: S608  every name put into SQL here is a constant of this file

from dataclasses import dataclass

from ispstatus.store.db import Db
from ispstatus.store.hours import HALF_MINUTES_S

DAY = 86_400
HOUR = 3600
KEEP_AROUND_OUTAGE_S = 120


@dataclass(frozen=True, slots=True)
class Kept:
    """How long the rows of one table are kept."""

    table: str
    seconds: int
    key: str = "ts"
    unit: int = 1
    """How many of the key make a second."""


KEPT = (
    Kept("minute", 400 * DAY),
    Kept("minute_before", 400 * DAY),
    Kept("sample", 2 * DAY),
    Kept("sample_30s", HALF_MINUTES_S),
    Kept("sample_hour", 400 * DAY),
    Kept("sample_day", 400 * DAY),
    Kept("pair_day", 92 * DAY),
    Kept("health_hour", 400 * DAY),
    Kept("throughput", 400 * DAY),
    Kept("radio", 90 * DAY),
    Kept("position", 90 * DAY),
    Kept("engine_event", 400 * DAY, "at_us", 1_000_000),
    Kept("quarantine", 400 * DAY, "moved_ts"),
)
_FUTURE = {
    "minute": "ts",
    "minute_before": "ts",
    "sample": "ts",
    "sample_kept": "ts",
    "sample_30s": "ts",
    "sample_hour": "ts",
    "sample_day": "ts",
    "pair_day": "ts",
    "health_hour": "ts",
    "throughput": "ts",
    "radio": "ts",
    "position": "ts",
    "transition": "at_us",
    "outage": "first_bad_us",
    "engine_event": "at_us",
}


def oldest_ts(db: Db, kept: Kept) -> int | None:
    """Return the second of the oldest row of a table."""
    key = db.value(f"SELECT min({kept.key}) FROM {kept.table}")
    return None if key is None else int(key) // kept.unit


def forget(db: Db, kept: Kept, start_ts: int, end_ts: int) -> int:
    """Delete the rows of ``[start_ts, end_ts)``; samples around an outage move to where they stay."""
    if kept.table == "sample":
        _keep_around_outages(db, start_ts, end_ts)
    return db.run(
        f"DELETE FROM {kept.table} WHERE {kept.key} >= ? AND {kept.key} < ?",
        (start_ts * kept.unit, end_ts * kept.unit),
    )


def _keep_around_outages(db: Db, start_ts: int, end_ts: int) -> None:
    db.run(
        "INSERT OR IGNORE INTO sample_kept SELECT ts, series_id, run FROM sample JOIN series ON series.id = series_id"
        " WHERE ts >= ?1 AND ts < ?2 AND EXISTS (SELECT 1 FROM outage WHERE outage.uplink_id = series.uplink_id"
        " AND first_bad_us < (ts + 60 + ?3) * 1000000 AND ifnull(first_good_us, ?4) > (ts - ?3) * 1000000)",
        (start_ts, end_ts, KEEP_AROUND_OUTAGE_S, 1 << 62),
    )


def set_future_aside(db: Db, now_ts: int) -> dict[str, int]:
    """Move every row that begins after ``now_ts`` to quarantine; return how many of each table.

    Buckets and days that follow from such rows are deleted: they are made anew.
    """
    moved = {table: _set_aside(db, table, key, now_ts) for table, key in _FUTURE.items()}
    db.run("DELETE FROM bucket WHERE ts > ?", (now_ts,))
    db.run("DELETE FROM day_chunk WHERE day >= ?", (now_ts // DAY,))
    return {table: count for table, count in moved.items() if count}


def _set_aside(db: Db, table: str, key: str, now_ts: int) -> int:
    after = (now_ts + 1) * 1_000_000 - 1 if key.endswith("_us") else now_ts
    if db.value(f"SELECT 1 FROM {table} WHERE {key} > ? LIMIT 1", (after,)) is None:
        return 0
    columns = db.rows(f"PRAGMA table_info({table})")
    fields = ", ".join(f"'{name}', {f'hex({name})' if kind == 'BLOB' else name}" for _, name, kind, *_ in columns)
    db.run(
        "INSERT INTO quarantine (moved_ts, table_name, row)"
        f" SELECT ?, ?, json_object({fields}) FROM {table} WHERE {key} > ?",
        (now_ts, table, after),
    )
    return db.run(f"DELETE FROM {table} WHERE {key} > ?", (after,))
