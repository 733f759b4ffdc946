"""One connection to the one file: WAL, every commit synced, errors in our own words."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ispstatus.clock import SYSTEM, Clock
from ispstatus.model.errors import StorageError
from ispstatus.store.errors import TryAgain, translate
from ispstatus.store.wal import refuse_empty

Row = tuple[Any, ...]
Values = Sequence[int | float | str | bytes | None]

PAGE = 500
"""Rows one read transaction takes at most."""
BUSY_S = 1.0
"""How long a statement waits for somebody else's lock before it is tried again later."""
_CACHE_KIB = 512
_READER_CACHE_KIB = 256
"""Eight request threads have one each, and the kernel has the pages anyway."""
_WAL_LIMIT = 16 * 1024 * 1024


class Db:
    """One connection, used by one thread at a time. Raises ``StorageError`` and its kinds, never ``sqlite3.Error``."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock = SYSTEM) -> None:
        self._connection = connection
        self.path = path
        self.clock = clock

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return every row; the read is over when this returns."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def row(self, sql: str, values: Values = ()) -> Row | None:
        """Return the first row, None if there is none."""
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def value(self, sql: str, values: Values = ()) -> Any:
        """Return the first column of the first row, None if there is none."""
        row = self.row(sql, values)
        return row[0] if row else None

    def run(self, sql: str, values: Values = ()) -> int:
        """Run one writing statement; return how many rows it changed."""
        try:
            return self._connection.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def insert(self, sql: str, values: Values = ()) -> int:
        """Run one insert; return the number SQLite gave the row."""
        try:
            return self._connection.execute(sql, values).lastrowid or 0
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def many(self, sql: str, rows: Iterable[Values]) -> int:
        """Run one writing statement for each row of values; return how many rows it changed."""
        try:
            return self._connection.executemany(sql, rows).rowcount
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: committed (and synced) when the block ends, rolled back when it raises."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self._rollback()
            raise

    def backup_to(self, target: "Db") -> None:
        """Copy the whole database, as of one moment, into ``target``."""
        try:
            self._connection.backup(target._connection)
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def read_loosely(self) -> None:
        """Read damaged text as far as it goes instead of refusing it."""
        self._connection.text_factory = lambda raw: raw.decode(errors="replace")

    def interrupt_after(self, is_over: "ProgressCheck | None") -> None:
        """Have long statements ask ``is_over`` now and then, and end with an error when it says so."""
        self._connection.set_progress_handler(is_over, 100_000 if is_over else 0)

    def checkpoint(self) -> None:
        """Carry everything committed into the file and empty the write-ahead log, as far as readers let us."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection; the last one of all empties the write-ahead log."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def _rollback(self) -> None:
        if not self._connection.in_transaction:
            return
        try:
            self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise translate(error, self.path) from error


class ProgressCheck:
    """Says when a long statement has taken its time."""

    def __init__(self, clock: Clock, limit_s: float) -> None:
        self._clock = clock
        self._until_s = clock.boot() + limit_s
        self.was_over = False

    def __call__(self) -> bool:
        """Return whether the time is over."""
        self.was_over = self._clock.boot() > self._until_s
        return self.was_over


def open_writer(path: Path, clock: Clock = SYSTEM) -> Db:
    """Open the database for writing, creating an empty file if there is none. It is neither checked nor migrated."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TryAgain(f"{path.parent}: {error}") from error
    db = _connect(f"file:{quote(str(path))}?mode=rwc", path, clock)
    return _prepared(
        db,
        "PRAGMA journal_mode=WAL",
        f"PRAGMA cache_size=-{_CACHE_KIB}",
        "PRAGMA synchronous=FULL",
        f"PRAGMA journal_size_limit={_WAL_LIMIT}",
    )


def open_reader(path: Path) -> Db:
    """Open the database for reading only.

    Works beside a writer, on a full disk and, as of the last checkpoint, on a file system that takes no writes at all.
    CorruptFile for an empty file: what its log holds is not this reader's to lose.
    """
    refuse_empty(path)
    try:
        return _readable(f"file:{quote(str(path))}?mode=ro", path)
    except TryAgain:
        if not path.exists():
            raise
    return _readable(f"file:{quote(str(path))}?immutable=1", path)


def _readable(uri: str, path: Path) -> Db:
    db = _prepared(_connect(uri, path, SYSTEM), f"PRAGMA cache_size=-{_READER_CACHE_KIB}", "PRAGMA query_only=1")
    try:
        db.value("SELECT count(*) FROM sqlite_master")
    except StorageError:
        db.close()
        raise
    return db


def _prepared(db: Db, *pragmas: str) -> Db:
    try:
        for pragma in (*pragmas, "PRAGMA temp_store=MEMORY"):
            db.rows(pragma)
    except StorageError:
        db.close()
        raise
    return db


def _connect(uri: str, path: Path, clock: Clock) -> Db:
    try:
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
    except sqlite3.Error as error:
        raise translate(error, path) from error
    return Db(connection, path, clock)
