"""How the rest of the house reads the database: one connection per thread, never a transaction longer than a page."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ispstatus.model.errors import StorageError
from ispstatus.store.db import Db, open_reader

T = TypeVar("T")

_BODIES_BYTES, _PARTS_BYTES = 1024 * 1024, 2 * 1024 * 1024


@dataclass(slots=True)
class _Mine:
    """One thread's connection, and which file it is of."""

    db: Db
    inode: int


class Cache(Generic[T]):
    """The last used values, bounded by their size in bytes. Safe from any thread."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._values: OrderedDict[Any, tuple[T, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: object) -> T | None:
        """Return what was put under ``key``, if it is still there."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: object, value: T, size_bytes: int) -> None:
        """Keep ``value``, at the cost of the least recently used ones; one that fills the cache alone is not kept."""
        if size_bytes > self._limit // 2:
            return
        with self._lock:
            _, before_bytes = self._values.pop(key, (None, 0))
            self._values[key] = value, size_bytes
            self._bytes += size_bytes - before_bytes
            while self._bytes > self._limit:
                _, (_, freed_bytes) = self._values.popitem(last=False)
                self._bytes -= freed_bytes


class Reader:
    """Hands every thread its own connection. Nothing is opened before it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bodies: Cache[bytes] = Cache(_BODIES_BYTES)
        """Whole answers, by what they depend on."""
        self.parts: Cache[Any] = Cache(_PARTS_BYTES)
        """Parts of answers that many answers have in common."""
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[Db] = []

    def db(self) -> Db:
        """Return this thread's connection, opened anew when the file was replaced.

        Raises StorageError while there is no database.
        """
        inode = self._inode()
        mine: _Mine | None = getattr(self._local, "mine", None)
        if mine is not None and mine.inode == inode:
            return mine.db
        if mine is not None:
            self._let_go(mine.db)
        db = open_reader(self.path)
        self._local.mine = _Mine(db, inode)
        with self._lock:
            self._open.append(db)
        return db

    @property
    def file_key(self) -> int:
        """Names the present file: another number after it was replaced."""
        return self._inode()

    def close(self) -> None:
        """Close every thread's connection; a thread that asks again gets a new one."""
        with self._lock:
            opened, self._open = self._open, []
        self._local = threading.local()
        for db in opened:
            db.close()

    def _let_go(self, db: Db) -> None:
        with self._lock:
            if db in self._open:
                self._open.remove(db)
        db.close()

    def _inode(self) -> int:
        try:
            return self.path.stat().st_ino
        except OSError as error:
            raise StorageError(f"{self.path}: {error.strerror}") from error
