"""Planned work as configured, and since when we know of it."""

from collections.abc import Iterable

from ispstatus.model.settings import Maintenance
from ispstatus.store.codec import of_us, to_us
from ispstatus.store.db import Db


def stored(db: Db) -> dict[Maintenance, int]:
    """Return every entry and when it was first seen, epoch microseconds."""
    rows = db.rows("SELECT uplink, start_us, end_us, reason, reference, added_us FROM maintenance ORDER BY start_us")
    return {Maintenance(row[0], of_us(row[1]), of_us(row[2]), row[3], row[4]): row[5] for row in rows}


def put(db: Db, entries: Iterable[Maintenance], added_us: int) -> None:
    """Add entries, or change the words of those that exist."""
    db.many(
        "INSERT INTO maintenance VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET reason = excluded.reason, reference = excluded.reference",
        [(e.uplink, to_us(e.start_at), to_us(e.end_at), e.reason, e.reference, added_us) for e in entries],
    )


def drop(db: Db, entries: Iterable[Maintenance]) -> None:
    """Forget entries."""
    db.many(
        "DELETE FROM maintenance WHERE uplink = ? AND start_us = ? AND end_us = ?",
        [(entry.uplink, to_us(entry.start_at), to_us(entry.end_at)) for entry in entries],
    )
