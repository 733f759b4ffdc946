"""A database filled with minutes, read as the rest of the house reads it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ispstatus.actions.minutes import put_minutes
from ispstatus.model.record import Minute
from ispstatus.model.uplink import Uplink
from ispstatus.queries.reader import Reader
from ispstatus.queries.uplinks import find_uplink
from ispstatus.store.db import Db


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """A reader of the database in a directory, closed afterwards."""
    reader = Reader(path / "ispstatus.db")
    try:
        yield reader
    finally:
        reader.close()


def fill(db: Db, minutes: Iterable[Minute]) -> None:
    """Store minutes with everything that follows from them."""
    with db.transaction():
        put_minutes(db, minutes)


def fibre(reader: Reader) -> Uplink:
    """Return uplink 1."""
    return find_uplink(reader, "fibre")
