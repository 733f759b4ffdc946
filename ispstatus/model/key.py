"""Keys by which programs prove who they are. The key itself is nowhere kept, only its SHA-256."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

INSIGHT = "insight"
"""The family of the Insight API."""
READ, INGEST = "read", "ingest"
SCOPES = {INSIGHT: (READ, INGEST)}
"""What a key of each family may allow: ask, or hand in measurements."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is remembered of one key."""

    id: int
    family: str
    """A key of ``SCOPES``."""
    name: str
    """Who uses it, in the operator's words."""
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None
    used_on: date | None = None
    """The UTC day it was last shown; None: never."""


def hash_of(secret: str) -> bytes:
    """Return what is kept of a key. It has random bits enough that no salt is needed."""
    return sha256(secret.encode()).digest()
