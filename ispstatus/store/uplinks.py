"""Uplinks: their numbers, order, settings, present standing, and what they may spend."""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from ispstatus.model.decision import Memory, Standing
from ispstatus.model.errors import StorageError
from ispstatus.model.uplink import Uplink
from ispstatus.store import codec
from ispstatus.store.db import Db

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredUplink:
    """One row, its settings still as text: most readers know them already."""

    id: int
    name: str
    is_configured: bool
    is_removed: bool
    mac: str | None
    settings: str

    def read(self) -> Uplink | None:
        """Return the uplink; None when its settings are damaged."""
        return _read(self)


@lru_cache(maxsize=256)
def _read(stored: StoredUplink) -> Uplink | None:
    try:
        uplink = codec.load(Uplink, stored.settings)
    except StorageError as error:
        log.warning("uplink %s is left out: %s", stored.name, error)
        return None
    return replace(
        uplink,
        id=stored.id,
        name=stored.name,
        is_configured=stored.is_configured,
        is_removed=stored.is_removed,
    )


def stored(db: Db) -> list[StoredUplink]:
    """Return every uplink there ever was: the present ones in order, then the removed."""
    rows = db.rows(
        "SELECT id, name, is_configured, is_removed, mac, settings FROM uplink ORDER BY is_removed, position, id"
    )
    return [StoredUplink(row[0], row[1], bool(row[2]), bool(row[3]), row[4], row[5]) for row in rows]


def add(db: Db, uplink: Uplink) -> int:
    """Insert an uplink; return its number, which is never given to another one."""
    return db.insert(
        "INSERT INTO uplink (name, position, is_configured, mac, settings) VALUES (?, 0, ?, ?, ?)",
        (uplink.name, uplink.is_configured, uplink.mac, codec.dump(uplink)),
    )


def put_back(db: Db, uplink: Uplink, position: int) -> None:
    """Insert an uplink under the number it has, if neither number nor name is there."""
    db.run(
        "INSERT OR IGNORE INTO uplink (id, name, position, is_configured, mac, settings) VALUES (?, ?, ?, ?, ?, ?)",
        (uplink.id, uplink.name, position, uplink.is_configured, uplink.mac, codec.dump(uplink)),
    )


def change(db: Db, uplink: Uplink, position: int) -> None:
    """Write name, settings and place of an uplink, if they differ; it is not removed any more."""
    wished = (uplink.name, position, int(uplink.is_configured), uplink.mac, codec.dump(uplink), uplink.id)
    db.run(
        "UPDATE uplink SET name = ?1, position = ?2, is_configured = ?3, is_removed = 0, mac = ?4, settings = ?5"
        " WHERE id = ?6 AND (is_removed OR (name, position, is_configured, mac, settings) IS NOT (?1, ?2, ?3, ?4, ?5))",
        wished,
    )


def remove(db: Db, uplink_id: int) -> bool:
    """Mark an uplink removed; its history stays. Return whether it was there."""
    return db.run("UPDATE uplink SET is_removed = 1 WHERE id = ? AND NOT is_removed", (uplink_id,)) > 0


def revision(db: Db, uplink_id: int) -> int:
    """Return the number that goes up when something already served changes."""
    return int(db.value("SELECT revision FROM uplink WHERE id = ?", (uplink_id,)) or 0)


def bump(db: Db, uplink_ids: Iterable[int]) -> None:
    """Say that something already served has changed."""
    db.many("UPDATE uplink SET revision = revision + 1 WHERE id = ?", [(uplink_id,) for uplink_id in uplink_ids])


def note_first_minute(db: Db, uplink_id: int, ts: int) -> None:
    """Remember when an uplink's memory begins."""
    db.run(
        "UPDATE uplink SET first_ts = ?2 WHERE id = ?1 AND (first_ts IS NULL OR first_ts > ?2)",
        (uplink_id, ts),
    )


def first_minutes(db: Db) -> dict[int, int]:
    """Return the epoch second of each uplink's first minute ever; uplinks without one are absent."""
    return dict(db.rows("SELECT id, first_ts FROM uplink WHERE first_ts IS NOT NULL"))


# ---------------------------------------------------------------- standing
def put_standing(db: Db, uplink_id: int, standing: Standing, memory: Memory) -> None:
    """Replace an uplink's verdict and what its judgement remembers."""
    db.run(
        "INSERT INTO standing VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET standing = excluded.standing, memory = excluded.memory",
        (uplink_id, codec.dump(standing), codec.dump(memory)),
    )


def standings(db: Db) -> dict[int, tuple[Standing, Memory]]:
    """Return each uplink's last verdict and memory; what cannot be read any more is left out."""
    found = {}
    for uplink_id, standing, memory in db.rows("SELECT uplink_id, standing, memory FROM standing"):
        with suppress(StorageError):
            found[uplink_id] = codec.load(Standing, standing), codec.load(Memory, memory)
    return found


# ---------------------------------------------------------------- budget
def add_bytes(db: Db, month: str, spent: Mapping[int, int]) -> None:
    """Add to what each uplink spent in a month ("YYYY-MM")."""
    db.many(
        "INSERT INTO bytes_spent VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes",
        [(month, uplink_id, count) for uplink_id, count in spent.items()],
    )


def bytes_spent(db: Db, month: str) -> dict[int, int]:
    """Return what each uplink spent in a month ("YYYY-MM")."""
    return dict(db.rows("SELECT uplink_id, bytes FROM bytes_spent WHERE month = ?", (month,)))
