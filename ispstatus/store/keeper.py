"""Keeps the file of the one writer usable: room on the disk, a sound file, the rest of a damaged one carried over."""

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from ispstatus.clock import Clock
from ispstatus.model.errors import StorageError, StorageFull
from ispstatus.model.record import EventKind
from ispstatus.store import recover
from ispstatus.store.ballast import Disk
from ispstatus.store.db import Db, open_writer
from ispstatus.store.layout import sync_directory
from ispstatus.store.salvage import Salvage

log = logging.getLogger(__name__)


class Keeper:
    """Used by the writer thread alone."""

    def __init__(self, path: Path, clock: Clock, disk: Disk, on_replaced: Callable[[], None] | None = None) -> None:
        """``on_replaced`` is called after a file that was in use turned out damaged and was replaced."""
        self._path = path
        self._clock = clock
        self._disk = disk
        self._on_replaced = on_replaced
        self._db: Db | None = None
        self._inode: int | None = None
        self._salvage: Salvage | None = None
        self._was_used = False

    @property
    def warning(self) -> str | None:
        """What is wrong while writing still works."""
        return self._disk.words if self._disk.is_tight else None

    @property
    def has_leftovers(self) -> bool:
        """Whether parts of a damaged file still wait to be carried over."""
        return self._salvage is not None

    def usable(self) -> Db:
        """Return the open database.

        Raises StorageFull below the free-space floor, NewerSchema, or why the file cannot be opened now.
        """
        if self._disk.has_room:
            self._disk.lay_ballast()
        elif not (self._disk.drop_ballast() and self._disk.has_room):
            raise StorageFull(self._disk.words)
        if self._db is not None and self._inode != _inode(self._path):
            self._reclaim(self._db)
        return self._db or self._adopt(recover.open_sound(self._path, self._clock))

    def free_room(self) -> bool:
        """The disk is full: free the ballast; return whether trying again at once may help."""
        return self._disk.drop_ballast()

    def replace(self, why: str) -> None:
        """The file turned out damaged: start a new one. StorageError when that does not work either."""
        self.close()
        self._adopt(recover.replace(self._path, self._clock, why))

    def carry_over(self) -> None:
        """Carry over one more slice of a damaged file."""
        if self._salvage is None:
            return
        db = self.usable()
        with db.transaction():
            is_more = self._salvage.carry_slice(db)
        if not is_more:
            self._salvage.close()
            recover.record(
                db, EventKind.STORAGE, f"everything that could be read of {self._salvage.source} was carried over"
            )
            self._salvage = None

    def close(self) -> None:
        """Close the database; ``usable`` opens it again."""
        if self._db is not None:
            with contextlib.suppress(StorageError):
                self._db.close()
            self._db = None

    def finish(self) -> None:
        """Close for good, with everything in the one file, also while somebody still reads it."""
        if self._db is not None:
            with contextlib.suppress(StorageError):
                self._db.checkpoint()
        self.close()

    def _adopt(self, opened: recover.Opened) -> Db:
        self._db, self._inode = opened.db, _inode(self._path)
        if self._salvage is not None:
            self._salvage.close()
        self._salvage = opened.salvage
        if opened.was_replaced and self._was_used and self._on_replaced is not None:
            self._on_replaced()
        self._was_used = True
        return opened.db

    def _reclaim(self, db: Db) -> None:
        """The file is another one now. If it was deleted, what we still hold open is put back."""
        if self._path.exists():
            self.close()
            return
        log.error("%s was deleted while in use: it is put back", self._path)
        copy_path = self._path.with_name(f"{self._path.name}.reclaimed")
        copy = open_writer(copy_path, self._clock)
        try:
            db.backup_to(copy)
        finally:
            copy.close()
        self.close()
        copy_path.rename(self._path)
        sync_directory(self._path.parent)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None
