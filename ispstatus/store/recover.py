"""Open the database whatever state it is in: sound, new, old, empty, cut short or damaged."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ispstatus.clock import Clock
from ispstatus.model.errors import StorageError
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.store import events
from ispstatus.store.check import refuse_damaged
from ispstatus.store.db import Db, open_writer
from ispstatus.store.errors import CorruptFile
from ispstatus.store.layout import (
    SIDES,
    hand_over,
    make_folder,
    move_database,
    quarantine_of,
    stamp,
    sync_file,
    unused_name,
)
from ispstatus.store.migrate import migrate, migrations
from ispstatus.store.salvage import Salvage
from ispstatus.store.wal import readable, refuse_empty

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A database ready for use."""

    db: Db
    salvage: Salvage | None = None
    """What is still to be carried over from a damaged one."""
    was_replaced: bool = False
    """It is a new one: the file that was there lies in quarantine."""


def open_sound(path: Path, clock: Clock) -> Opened:
    """Open, check and migrate the database at ``path``, or replace it.

    Raises NewerSchema; StorageFull or TryAgain when the disk does not let it be opened now.
    """
    try:
        db = _open(path, clock)
    except CorruptFile as error:
        _set_aside(path, clock, str(error))
        db = _open(path, clock)
    try:
        salvage = _carry_over(db)
        return Opened(db, salvage or Salvage.unfinished(db), was_replaced=salvage is not None)
    except StorageError:
        with suppress(StorageError):
            db.close()
        raise


def replace(path: Path, clock: Clock, why: str) -> Opened:
    """Move the file at ``path`` into quarantine, start a new one, and carry over what is small and dear."""
    _set_aside(path, clock, why)
    return open_sound(path, clock)


def record(db: Db, kind: EventKind, words: str) -> None:
    """Remember something that happened to the storage, in its own transaction."""
    with db.transaction():
        events.add(db, EngineEvent(db.clock.now(), kind, words))


def _set_aside(path: Path, clock: Clock, why: str) -> None:
    kept = unused_name(quarantine_of(path) / f"{path.stem}-{stamp(clock.wall())}.db")
    try:
        make_folder(kept.parent)
        _claim_of(kept).write_text(why, encoding="utf-8")
        sync_file(_claim_of(kept))
        move_database(path, kept)
    except OSError as error:
        raise StorageError(f"cannot move {path} aside: {error}") from error


def _claim_of(kept: Path) -> Path:
    """Return the note that lies beside a file set aside until it is carried over: a kill may come in between."""
    return kept.with_suffix(".why")


def _carry_over(db: Db) -> Salvage | None:
    """Carry over what is small and dear of a file set aside; the last one if there are several."""
    salvage = None
    for claim in sorted(quarantine_of(db.path).glob("*.why")):
        kept = claim.with_suffix(".db")
        if any(kept.with_name(kept.name + side).exists() for side in SIDES):
            salvage = Salvage(readable(kept), int(db.clock.wall()))
            came_over = salvage.carry_dear(db)
            words = f"the database could not be used ({claim.read_text(encoding='utf-8')}); it is kept as {kept}"
            words = f"{words}; carried over: {came_over}"
            log.error(words)
            record(db, EventKind.DAMAGE, words)
        claim.unlink(missing_ok=True)
    return salvage


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
