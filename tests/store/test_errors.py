import sqlite3
from pathlib import Path

import pytest

from ispstatus.model.errors import StorageError, StorageFull
from ispstatus.store.errors import CorruptFile, TryAgain, translate


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_CORRUPT, CorruptFile),
        (sqlite3.SQLITE_CORRUPT_INDEX, CorruptFile),
        (sqlite3.SQLITE_NOTADB, CorruptFile),
        (sqlite3.SQLITE_BUSY, TryAgain),
        (sqlite3.SQLITE_IOERR_FSYNC, TryAgain),
        (sqlite3.SQLITE_READONLY, TryAgain),
        (sqlite3.SQLITE_CANTOPEN, TryAgain),
        (sqlite3.SQLITE_CONSTRAINT, StorageError),
        (sqlite3.SQLITE_ERROR, StorageError),
    ],
)
def test_every_sqlite_error_says_what_to_do_about_it(code: int, kind: type[StorageError]) -> None:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorcode = code
    translated = translate(error, Path("/somewhere/a.db"))
    assert type(translated) is kind
    assert "/somewhere/a.db" in str(translated)
    assert "words" in str(translated)


def test_an_error_without_a_code_is_a_storage_error() -> None:
    assert type(translate(sqlite3.ProgrammingError("closed"), Path("a.db"))) is StorageError
