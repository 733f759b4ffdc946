"""Closed days as they are served: one deflate piece, its sums and its row of "daily" per uplink and UTC day."""

from dataclasses import dataclass

from ispstatus.store.db import Db, Row
from ispstatus.store.deflate import Piece
from ispstatus.store.points import SHAPE

DAY = 86_400
KEEP_DAYS = 91


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What the stored buckets of a day add up to: minutes by state, seconds by class."""

    buckets: int = 0
    up: int = 0
    degraded: int = 0
    down: int = 0
    down_s: int = 0
    unknown_s: int = 0
    excluded_s: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """One closed UTC day of one uplink."""

    uplink_id: int
    day: int
    """Days since the epoch."""
    totals: DayTotals
    daily: str
    """The day's row of "daily", as JSON."""
    piece: Piece


def put(db: Db, chunk: Chunk) -> None:
    """Store a closed day, replacing what is there."""
    totals, piece = chunk.totals, chunk.piece
    db.run(
        "INSERT OR REPLACE INTO day_chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            chunk.uplink_id,
            chunk.day,
            SHAPE,
            piece.plain_bytes,
            piece.crc,
            piece.shift,
            totals.buckets,
            totals.up,
            totals.degraded,
            totals.down,
            totals.down_s,
            totals.unknown_s,
            totals.excluded_s,
            chunk.daily,
            piece.deflated,
        ),
    )


def between(db: Db, uplink_id: int, first_day: int, end_day: int) -> dict[int, Chunk]:
    """Return the stored days of ``[first_day, end_day)``, by day; those of another shape count as missing."""
    rows = db.rows(
        "SELECT day, plain_bytes, crc, crc_shift, buckets, up, degraded, down, down_s, unknown_s, excluded_s, daily,"
        " piece FROM day_chunk WHERE uplink_id = ? AND day >= ? AND day < ? AND shape = ? ORDER BY day",
        (uplink_id, first_day, end_day, SHAPE),
    )
    return {row[0]: _chunk(uplink_id, row) for row in rows}


def totals_between(db: Db, uplink_id: int, first_day: int, end_day: int) -> dict[int, DayTotals]:
    """Return the sums of the stored days of ``[first_day, end_day)``, by day."""
    rows = db.rows(
        "SELECT day, buckets, up, degraded, down, down_s, unknown_s, excluded_s FROM day_chunk"
        " WHERE uplink_id = ? AND day >= ? AND day < ? AND shape = ?",
        (uplink_id, first_day, end_day, SHAPE),
    )
    return {row[0]: DayTotals(*row[1:]) for row in rows}


def days(db: Db, uplink_id: int, first_day: int) -> set[int]:
    """Return the stored days from ``first_day`` on."""
    rows = db.rows(
        "SELECT day FROM day_chunk WHERE uplink_id = ? AND day >= ? AND shape = ?", (uplink_id, first_day, SHAPE)
    )
    return {row[0] for row in rows}


def drop(db: Db, uplink_id: int, first_day: int, last_day: int) -> int:
    """Forget the days ``first_day`` to ``last_day``: something in them changed. Return how many there were."""
    return db.run("DELETE FROM day_chunk WHERE uplink_id = ? AND day BETWEEN ? AND ?", (uplink_id, first_day, last_day))


def drop_before(db: Db, day: int) -> int:
    """Forget every uplink's days before ``day``."""
    return db.run("DELETE FROM day_chunk WHERE day < ?", (day,))


def _chunk(uplink_id: int, row: Row) -> Chunk:
    day, plain_bytes, crc, shift, *totals, daily, deflated = row
    return Chunk(uplink_id, day, DayTotals(*totals), daily, Piece(deflated, plain_bytes, crc, shift))
