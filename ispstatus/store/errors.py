"""What SQLite's errors mean to whoever writes: give up, try again, or replace the file."""

import sqlite3
from pathlib import Path

from ispstatus.model.errors import StorageError, StorageFull


class CorruptFile(StorageError):
    """The file is no database of ours any more; it has to be replaced."""


class TryAgain(StorageError):
    """Somebody holds the lock, or the disk does not take it now: the same statement may work later."""


_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
}


def translate(error: sqlite3.Error, path: Path) -> StorageError:
    """Return the error of ours that says what ``error`` means for the database at ``path``."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    words = f"{path}: {error}"
    if code == sqlite3.SQLITE_FULL:
        return StorageFull(words)
    if code in _CORRUPT:
        return CorruptFile(words)
    if code in _PASSING:
        return TryAgain(words)
    return StorageError(words)
