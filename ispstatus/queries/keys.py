"""Whose key is shown, and which keys there are."""

from hmac import compare_digest

from ispstatus.model.key import ApiKey, hash_of
from ispstatus.queries.reader import Reader
from ispstatus.store import keys


def all_keys(reader: Reader) -> list[ApiKey]:
    """Return every key there ever was, oldest first."""
    return keys.stored(reader.db())


def find_key(reader: Reader, family: str, secret: str) -> ApiKey | None:
    """Return the usable key of a family that this is, None if it is none. Takes the same time for every guess."""
    hashed = hash_of(secret)
    matching = [key for stored, key in keys.usable(reader.db(), family) if compare_digest(stored, hashed)]
    return matching[0] if matching else None
