"""Open the database whatever state it is in: sound, new, old, empty, cut short or damaged."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ispstatus.clock import Clock
from ispstatus.model.errors import StorageError
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.store import events
from ispstatus.store.check import refuse_damaged, refuse_empty
from ispstatus.store.db import Db, open_writer
from ispstatus.store.errors import CorruptFile
from ispstatus.store.layout import hand_over, move_database, quarantine_of, stamp, unused_name
from ispstatus.store.migrate import migrate, migrations
from ispstatus.store.salvage import Salvage
from ispstatus.store.wal import readable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A database ready for use."""

    db: Db
    salvage: Salvage | None = None
    """What is still to be carried over from a damaged one."""
    was_replaced: bool = False
    """The file that was there could not be used and lies in quarantine."""


def open_sound(path: Path, clock: Clock) -> Opened:
    """Open, check and migrate the database at ``path``, or replace it.

    Raises NewerSchema; StorageFull or TryAgain when the disk does not let it be opened now.
    """
    try:
        db = _open(path, clock)
    except CorruptFile as error:
        return replace(path, clock, str(error))
    return Opened(db, Salvage.unfinished(db))


def replace(path: Path, clock: Clock, why: str) -> Opened:
    """Move the file at ``path`` into quarantine, start a new one, and carry over what is small and dear."""
    kept = unused_name(quarantine_of(path) / f"{path.stem}-{stamp(clock.wall())}.db")
    try:
        move_database(path, kept)
    except OSError as error:
        raise StorageError(f"cannot move {path} aside: {error}") from error
    db = _open(path, clock)
    salvage = Salvage(readable(kept), int(clock.wall()))
    came_over = salvage.carry_dear(db)
    words = f"the database could not be used ({why}); it is kept as {kept}; carried over: {came_over}"
    log.error(words)
    record(db, EventKind.DAMAGE, words)
    return Opened(db, salvage, was_replaced=True)


def record(db: Db, kind: EventKind, words: str) -> None:
    """Remember something that happened to the storage, in its own transaction."""
    with db.transaction():
        events.add(db, EngineEvent(db.clock.now(), kind, words))


def _open(path: Path, clock: Clock) -> Db:
    refuse_empty(path)
    db = open_writer(path, clock)
    try:
        hand_over(path)
        refuse_damaged(db, clock)
        migrate(db, migrations())
    except StorageError:
        with suppress(StorageError):
            db.close()
        raise
    return db
