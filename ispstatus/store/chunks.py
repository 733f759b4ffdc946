"""Closed days as they are served: one deflate piece, its sums and its row of "daily" per uplink and UTC day."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from ispstatus.model.record import Outage
from ispstatus.model.window import Window
from ispstatus.store import outages
from ispstatus.store.buckets import bucket_rows
from ispstatus.store.db import Db, Row
from ispstatus.store.deflate import SMALL, Piece, piece
from ispstatus.store.points import SHAPE, points_text

DAY = 86_400
KEEP_DAYS = 91


class DayTotals(NamedTuple):
    """What stored buckets add up to: minutes by state, seconds by class."""

    buckets: int = 0
    up: int = 0
    degraded: int = 0
    down: int = 0
    down_s: int = 0
    unknown_s: int = 0
    excluded_s: int = 0


Summarise = Callable[[Window, DayTotals, list[Outage]], Mapping[str, object]]
"""Turns a window's sums and the outages that touch it into a row of "daily"."""


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


def build(db: Db, uplink_id: int, day: int, summarise: Summarise, level: int = SMALL) -> Chunk:
    """Return a closed day as made from its buckets and outages now."""
    start_ts = day * DAY
    rows = bucket_rows(db, uplink_id, start_ts, start_ts + DAY)
    totals = totals_of(rows)
    daily = daily_row(db, uplink_id, start_ts, start_ts + DAY, totals, summarise)
    return Chunk(uplink_id, day, totals, daily, piece(points_text(rows, start_ts, start_ts + DAY), level))


def daily_row(db: Db, uplink_id: int, start_ts: int, end_ts: int, totals: DayTotals, summarise: Summarise) -> str:
    """Return the row of "daily" for the part of a UTC day that lies in ``[start_ts, end_ts)``, as JSON."""
    window = Window(datetime.fromtimestamp(start_ts, UTC), datetime.fromtimestamp(end_ts, UTC))
    touching = outages.edges(db, uplink_id, start_ts * 1_000_000, end_ts * 1_000_000)
    row = {"day": f"{window.start_at:%Y-%m-%d}", **summarise(window, totals, touching)}
    return json.dumps(row, separators=(",", ":"))


def totals_of(rows: Iterable[Row]) -> DayTotals:
    """Add up packed buckets."""
    count = minutes = excluded_s = unknown_s = down_s = degraded = down = 0
    for _, _, classes, *_ in rows:
        count += 1
        minutes += classes & 7
        degraded += classes >> 3 & 7
        down += classes >> 6 & 7
        down_s += classes >> 9 & 511
        excluded_s += classes >> 18 & 511
        unknown_s += classes >> 27
    return DayTotals(count, minutes, degraded, down, down_s, unknown_s, excluded_s)


def add_totals(days: Iterable[DayTotals]) -> DayTotals:
    """Add up sums."""
    return DayTotals(*map(sum, zip(*days, strict=True)))


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
            *totals,
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
