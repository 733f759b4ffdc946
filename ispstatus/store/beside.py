"""One short write into the database of a daemon that may be running: WAL lets us, if we wait for its commits."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ispstatus.clock import Clock
from ispstatus.model.errors import StorageError
from ispstatus.store.db import Db, open_reader, open_writer
from ispstatus.store.errors import TryAgain
from ispstatus.store.migrate import migrations, refuse_newer, version_of

T = TypeVar("T")


def write_beside(path: Path, clock: Clock, write: Callable[[Db], T], *, within_s: float) -> T:
    """Run ``write`` in a transaction of its own and return what it returned.

    Creates, migrates and repairs nothing: that is the daemon's. StorageError without a database, for one of an older
    schema, and when the lock was not to be had in time; NewerSchema for one that we do not know.
    """
    open_reader(path).close()  # says why, if there is nothing sound to write into
    until_boot_s = clock.boot() + within_s
    db = open_writer(path, clock)
    try:
        _refuse_other_schema(db)
        while True:
            try:
                with db.transaction():
                    return write(db)
            except TryAgain:
                if clock.boot() >= until_boot_s:
                    raise
    finally:
        db.close()


def _refuse_other_schema(db: Db) -> None:
    known = migrations()
    refuse_newer(db, known)
    if version_of(db) < known[-1].number:
        raise StorageError(f"{db.path} is of an older version: start ispstatus once, it brings it up to date")
