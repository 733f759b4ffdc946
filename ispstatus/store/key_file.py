"""The first key of a family as a file beside the database: the one place where a key can be read again."""

import os
from pathlib import Path

from ispstatus.model.errors import StorageError
from ispstatus.store.layout import hand_over, sync_directory


def path_of(database: Path, family: str) -> Path:
    """Return where a family's first key lies."""
    return database.with_name(f"{family}.key")


def read(database: Path, family: str) -> str | None:
    """Return the key in the file; None without one, or when it cannot be read."""
    try:
        return path_of(database, family).read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None


def write(database: Path, family: str, secret: str) -> None:
    """Put the key there whole or not at all, for its owner alone (0600). StorageError when it cannot be."""
    path = path_of(database, family)
    fresh = path.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
        hand_over(fresh)
        fresh.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise StorageError(f"{path}: {error}") from error


def remove(database: Path, family: str) -> None:
    """Take the file away, if it is there."""
    path_of(database, family).unlink(missing_ok=True)
