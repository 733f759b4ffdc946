"""Minutes, packed: time-first rows of few integers."""
# ruff: noqa: S608  every name put into SQL here is a constant of this file

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ispstatus.model.record import Minute
from ispstatus.model.state import Fault, State
from ispstatus.store.db import PAGE, Db, Row

MINUTE = 60

FAULTS = (Fault.NONE, Fault.LOCAL, Fault.ACCESS, Fault.PROVIDER, Fault.DNS, Fault.REMOTE, Fault.BOX)
"""Their places are stored: only ever append."""
_FAULT_BITS = {fault: place << 26 for place, fault in enumerate(FAULTS)}
_STATES = sorted(State, key=lambda state: state.severity)
_USABLE = (State.UP.severity, State.DEGRADED.severity)
_BYTE = 255

Cursor = tuple[int, int]
"""Where a page ends: ``(ts, uplink_id)`` of its last minute."""
_MINUTE = "ts, uplink_id, seconds, checks, echoes, rtt_sum_us, rtt_max_us, jitter_sum_us"


class SecondCount(NamedTuple):
    """Sums over like minutes of one uplink."""

    uplink_id: int
    is_usable: bool
    """Their worst state was UP or DEGRADED."""
    fault: Fault
    """Of their down seconds."""
    up_s: int
    degraded_s: int
    down_s: int
    excluded_s: int
    sent: int
    received: int


def pack_minute(minute: Minute) -> Row:
    """Return the row of a minute. More than 255 of any one count are stored as 255."""
    return (
        minute.ts,
        minute.uplink_id,
        minute.state.severity
        | minute.up_s << 2
        | minute.degraded_s << 8
        | minute.down_s << 14
        | minute.excluded_s << 20
        | _FAULT_BITS[minute.down_fault],
        min(minute.http_ok, _BYTE)
        | min(minute.dns_ok, _BYTE) << 8
        | min(minute.http_failed, _BYTE) << 16
        | min(minute.dns_failed, _BYTE) << 24,
        min(minute.jitter_count, _BYTE) | min(minute.received, _BYTE) << 8 | min(minute.sent, _BYTE) << 16,
        minute.rtt_sum_us,
        minute.rtt_max_us,
        minute.jitter_sum_us,
    )


def unpack_minute(row: Row) -> Minute:
    """Return the minute of a row."""
    ts, uplink_id, seconds, checks, echoes, rtt_sum_us, rtt_max_us, jitter_sum_us = row
    up_s, degraded_s, down_s, excluded_s = (seconds >> place & 63 for place in (2, 8, 14, 20))
    return Minute(
        uplink_id=uplink_id,
        ts=ts,
        state=_STATES[seconds & 3],
        up_s=up_s,
        degraded_s=degraded_s,
        down_s=down_s,
        unknown_s=MINUTE - up_s - degraded_s - down_s - excluded_s,
        excluded_s=excluded_s,
        down_fault=FAULTS[seconds >> 26],
        sent=echoes >> 16,
        received=echoes >> 8 & _BYTE,
        rtt_sum_us=rtt_sum_us,
        rtt_max_us=rtt_max_us,
        jitter_sum_us=jitter_sum_us,
        jitter_count=echoes & _BYTE,
        http_ok=checks & _BYTE,
        http_failed=checks >> 16 & _BYTE,
        dns_ok=checks >> 8 & _BYTE,
        dns_failed=checks >> 24 & _BYTE,
    )


def put_minutes(db: Db, minutes: Iterable[Minute]) -> None:
    """Store minutes, replacing those that exist."""
    db.many("INSERT OR REPLACE INTO minute VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(pack_minute, minutes))


def existing(db: Db, minutes: Sequence[Minute]) -> dict[tuple[int, int], Minute]:
    """Return what is stored under the keys of ``minutes``, by ``(ts, uplink_id)``."""
    if not minutes:
        return {}
    first_ts, last_ts = min(minute.ts for minute in minutes), max(minute.ts for minute in minutes)
    wanted = {(minute.ts, minute.uplink_id) for minute in minutes}
    rows = db.rows(f"SELECT {_MINUTE} FROM minute WHERE ts BETWEEN ? AND ?", (first_ts, last_ts))
    return {(row[0], row[1]): unpack_minute(row) for row in rows if (row[0], row[1]) in wanted}


def minutes_between(db: Db, uplink_id: int, start_ts: int, end_ts: int, limit: int = PAGE) -> list[Minute]:
    """Return an uplink's minutes that start in ``[start_ts, end_ts)``, oldest first."""
    rows = db.rows(
        f"SELECT {_MINUTE} FROM minute WHERE ts >= ? AND ts < ? AND uplink_id = ? ORDER BY ts LIMIT ?",
        (start_ts, end_ts, uplink_id, limit),
    )
    return [unpack_minute(row) for row in rows]


def down_minutes(db: Db, start_ts: int, end_ts: int) -> dict[int, set[int]]:
    """Return the starts of the minutes in ``[start_ts, end_ts)`` whose worst state was DOWN, by uplink."""
    found: dict[int, set[int]] = {}
    rows = db.rows("SELECT uplink_id, ts FROM minute WHERE ts >= ? AND ts < ? AND state = 0", (start_ts, end_ts))
    for uplink_id, ts in rows:
        found.setdefault(uplink_id, set()).add(ts)
    return found


def newest_minute_ts(db: Db) -> int | None:
    """Return when the newest minute of any uplink starts."""
    ts: int | None = db.value("SELECT max(ts) FROM minute")
    return ts


def reach(db: Db) -> tuple[int, int]:
    """Return when the oldest and the newest minute start; ``(0, 0)`` without any."""
    oldest_ts = db.value("SELECT min(ts) FROM minute")
    return (0, 0) if oldest_ts is None else (oldest_ts, newest_minute_ts(db) or 0)


def minutes_after(db: Db, after: Cursor) -> list[Minute]:
    """Return every uplink's minutes after that one, oldest first, at most ``PAGE``."""
    rows = db.rows(
        f"SELECT {_MINUTE} FROM minute WHERE (ts, uplink_id) > (?, ?) ORDER BY ts, uplink_id LIMIT ?", (*after, PAGE)
    )
    return [unpack_minute(row) for row in rows]


def second_sums(db: Db, start_ts: int, end_ts: int) -> list[SecondCount]:
    """Return what the minutes in the span were, one entry per uplink and kind of minute: most are alike."""
    rows = db.rows(
        "SELECT uplink_id, seconds, count(*), sum(sent), sum(received) FROM minute"
        " WHERE ts >= ? AND ts < ? GROUP BY uplink_id, seconds",
        (start_ts, end_ts),
    )
    return [
        SecondCount(
            uplink_id=uplink_id,
            is_usable=seconds & 3 in _USABLE,
            fault=FAULTS[seconds >> 26],
            up_s=count * (seconds >> 2 & 63),
            degraded_s=count * (seconds >> 8 & 63),
            down_s=count * (seconds >> 14 & 63),
            excluded_s=count * (seconds >> 20 & 63),
            sent=sent,
            received=received,
        )
        for uplink_id, seconds, count, sent, received in rows
    ]


# ---------------------------------------------------------------- maintenance after the fact
def exclude(db: Db, uplink_id: int, start_ts: int, end_ts: int) -> list[int]:
    """Exclude the whole stored minutes of ``[start_ts, end_ts)``, keeping what they were; return those that changed."""
    span = (uplink_id, start_ts, end_ts)
    where = "uplink_id = ?1 AND ts >= ?2 AND ts < ?3 AND excluded_s < 60"
    db.run(f"INSERT OR IGNORE INTO minute_before SELECT ts, uplink_id, seconds FROM minute WHERE {where}", span)
    rows = db.rows(f"UPDATE minute SET seconds = (seconds & 3) | (60 << 20) WHERE {where} RETURNING ts", span)
    return [row[0] for row in rows]


def include_again(db: Db, uplink_id: int, start_ts: int, end_ts: int) -> list[int]:
    """Undo ``exclude``; return the minutes that changed."""
    span = (uplink_id, start_ts, end_ts)
    rows = db.rows("SELECT ts, seconds FROM minute_before WHERE uplink_id = ? AND ts >= ? AND ts < ?", span)
    db.many(
        "UPDATE minute SET seconds = ?2 WHERE ts = ?1 AND uplink_id = ?3",
        [(ts, seconds, uplink_id) for ts, seconds in rows],
    )
    db.run("DELETE FROM minute_before WHERE uplink_id = ? AND ts >= ? AND ts < ?", span)
    return [row[0] for row in rows]
