"""API keys: their hashes, whose they are and what they allow."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from ispstatus.model.key import ApiKey
from ispstatus.store.db import Db, Row

_EPOCH = date(1970, 1, 1)
_COLUMNS = "id, family, name, scopes, created_ts, revoked_ts, used_day"


def add(db: Db, family: str, name: str, scopes: Sequence[str], hashed: bytes, created_ts: int) -> int:
    """Insert a key by its hash; return its number."""
    return db.insert(
        "INSERT INTO api_key (family, name, hash, scopes, created_ts) VALUES (?, ?, ?, ?, ?)",
        (family, name, hashed, " ".join(scopes), created_ts),
    )


def stored(db: Db) -> list[ApiKey]:
    """Return every key there ever was, oldest first."""
    return [_key(row) for row in db.rows(f"SELECT {_COLUMNS} FROM api_key ORDER BY id")]  # noqa: S608  our own columns


def usable(db: Db, family: str) -> list[tuple[bytes, ApiKey]]:
    """Return hash and key of a family's keys that are not revoked."""
    sql = f"SELECT hash, {_COLUMNS} FROM api_key WHERE family = ? AND revoked_ts IS NULL ORDER BY id"  # noqa: S608  as above
    return [(row[0], _key(row[1:])) for row in db.rows(sql, (family,))]


def revoke(db: Db, key_id: int, revoked_ts: int) -> bool:
    """Revoke a key; return whether there was one to revoke."""
    return db.run("UPDATE api_key SET revoked_ts = ? WHERE id = ? AND revoked_ts IS NULL", (revoked_ts, key_id)) > 0


def note_use(db: Db, key_id: int, day: date) -> None:
    """Remember the day on which a key was last shown."""
    number = (day - _EPOCH).days
    db.run("UPDATE api_key SET used_day = ?1 WHERE id = ?2 AND ifnull(used_day, -1) < ?1", (number, key_id))


def _key(row: Row) -> ApiKey:
    number, family, name, scopes, created_ts, revoked_ts, used_day = row
    return ApiKey(
        id=number,
        family=family,
        name=name,
        scopes=tuple(scopes.split()),
        created_at=datetime.fromtimestamp(created_ts, UTC),
        revoked_at=None if revoked_ts is None else datetime.fromtimestamp(revoked_ts, UTC),
        used_on=None if used_day is None else _EPOCH + timedelta(days=used_day),
    )
