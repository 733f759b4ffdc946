"""Facts about the file itself: single words under a key."""

from ispstatus.store.db import Db

DEMO = "demo"
FROZEN = "frozen_until_ts"
SALVAGE = "salvage"


def get(db: Db, key: str) -> str | None:
    """Return what is noted under ``key``."""
    value: str | None = db.value("SELECT value FROM meta WHERE key = ?", (key,))
    return value


def put(db: Db, key: str, value: str | None) -> None:
    """Note ``value`` under ``key``; None forgets it."""
    if value is None:
        db.run("DELETE FROM meta WHERE key = ?", (key,))
    else:
        db.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value))


def frozen_until_ts(db: Db) -> int:
    """Return the epoch second before which stored minutes are not rewritten; 0 if the clock never stepped back."""
    return int(get(db, FROZEN) or 0)
