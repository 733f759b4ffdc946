"""Make keys, revoke them, remember their use."""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime

from ispstatus.model.errors import NotFound
from ispstatus.model.key import READ, hash_of
from ispstatus.store import key_file, keys
from ispstatus.store.db import Db

RANDOM_BYTES = 24
FIRST = "first"
"""What the key that is made by itself is called."""


def create_key(db: Db, family: str, name: str, scopes: Sequence[str], now_at: datetime) -> str:
    """Make a key and return it; only its SHA-256 is stored."""
    secret = secrets.token_hex(RANDOM_BYTES)
    _store(db, family, name, scopes, secret, now_at)
    return secret


def create_first_key(db: Db, family: str, now_at: datetime) -> str | None:
    """Make a family's first key, keep it in ``DIR/FAMILY.key`` and return it; None when the family ever had one.

    A key that lies there already is taken: the database was replaced, and clients go on with what they have.
    """
    if any(key.family == family for key in keys.stored(db)):
        return None
    secret = key_file.read(db.path, family)
    if secret is None:
        secret = secrets.token_hex(RANDOM_BYTES)
        key_file.write(db.path, family, secret)
    _store(db, family, FIRST, (READ,), secret, now_at)
    return secret


def revoke_key(db: Db, key_id: int, now_at: datetime) -> None:
    """Let a key open nothing any more, and take it out of its file. NotFound (with the usable numbers) without one."""
    usable = {key.id: key for key in keys.stored(db) if key.revoked_at is None}
    if key_id not in usable:
        raise NotFound(f"there is no key {key_id} that is not revoked", known=tuple(map(str, usable)))
    family = usable[key_id].family
    in_file = key_file.read(db.path, family)
    hashes = {key.id: hashed for hashed, key in keys.usable(db, family)}
    keys.revoke(db, key_id, int(now_at.timestamp()))
    if in_file is not None and hash_of(in_file) == hashes[key_id]:
        key_file.remove(db.path, family)  # last: a key that could not be revoked can still be read


def note_key_use(db: Db, key_id: int, day: date) -> None:
    """Remember that a key was shown on a UTC day."""
    keys.note_use(db, key_id, day)


def _store(db: Db, family: str, name: str, scopes: Sequence[str], secret: str, now_at: datetime) -> None:
    keys.add(db, family, name, scopes, hash_of(secret), int(now_at.astimezone(UTC).timestamp()))
