"""Whole copies of the database: taken online, verified, put in place by one rename."""

import contextlib
from pathlib import Path

from ispstatus.clock import SYSTEM, Clock
from ispstatus.model.errors import StorageError
from ispstatus.store.check import refuse_damaged
from ispstatus.store.db import Db, open_reader, open_writer
from ispstatus.store.errors import TryAgain
from ispstatus.store.layout import (
    REPLACED,
    SIDES,
    backups_of,
    free_bytes,
    hand_over,
    make_folder,
    move_database,
    quarantine_of,
    stamp,
    sync_directory,
    sync_file,
    unused_name,
)
from ispstatus.store.lock import WriterLock

KEEP = 3
_PATIENT_S = 600.0


def back_up(source: Path, target: Path, clock: Clock = SYSTEM) -> Path:
    """Copy the database at ``source``, running or not, to the new file ``target`` and verify the copy.

    Raises StorageError when it cannot be read, there is no room, ``target`` exists, or the copy is not sound.
    """
    if target.exists():
        raise StorageError(f"{target} exists: choose another name")
    db = open_reader(source)
    try:
        return _copy(db, target, clock)
    finally:
        db.close()


def before_migration(db: Db, version: int) -> Path:
    """Copy a database that is about to be migrated to ``DIR/backups``; the last three copies are kept."""
    folder = backups_of(db.path)
    make_folder(folder)
    name = f"{db.path.stem}-schema{version}-{stamp(db.clock.wall())}.db"
    copy = _copy(db, unused_name(folder / name), db.clock)
    for old in sorted(folder.glob(f"{db.path.stem}-schema*.db"), key=_age)[:-KEEP]:
        old.unlink(missing_ok=True)
    return copy


def newest_of_version(folder: Path, version: int) -> Path | None:
    """Return the newest copy in ``folder`` whose schema is not newer than ``version``."""
    for copy in sorted(folder.glob("*.db"), key=_age, reverse=True):
        with contextlib.suppress(StorageError, OSError):
            if 0 < _version_of(copy) <= version:
                return copy
    return None


def restore(source: Path, target: Path, newest_schema: int, clock: Clock = SYSTEM) -> Path | None:
    """Put a copy of the backup ``source`` in place of the database ``target``; return where that one was moved.

    Raises StorageError, changing nothing, while ispstatus runs on ``target`` or when ``source`` is not a sound
    database of a schema this version knows.
    """
    _refuse_unusable(source, newest_schema, clock)
    lock = WriterLock(target)
    lock.take()
    try:
        fresh = target.with_name(f"{target.name}.restoring")
        fresh.unlink(missing_ok=True)
        back_up(source, fresh, clock)
        hand_over(fresh)
        kept = None
        # Also a log alone is moved: beside the copy it would be replayed into it.
        if any(target.with_name(target.name + side).exists() for side in SIDES):
            kept = unused_name(quarantine_of(target) / f"{target.stem}{REPLACED}{stamp(clock.wall())}.db")
            move_database(target, kept)
        fresh.rename(target)
        sync_directory(target.parent)
    except OSError as error:
        raise StorageError(f"cannot put {source} in place of {target}: {error}") from error
    finally:
        lock.release()
    return kept


def _copy(db: Db, target: Path, clock: Clock) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error}") from error
    needed = int(db.value("PRAGMA page_count")) * int(db.value("PRAGMA page_size"))
    if free_bytes(target.parent) < needed + needed // 10:
        raise StorageError(f"{target.parent} has no room for a copy of {needed / 1_000_000:.0f} MB")
    partial = target.with_name(f"{target.name}.partial")
    _unlink(partial)
    try:
        _copy_into(db, partial, clock)
        sync_file(partial)
        partial.rename(target)
        sync_directory(target.parent)
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error}") from error
    finally:
        _unlink(partial)
    return target


def _copy_into(db: Db, partial: Path, clock: Clock) -> None:
    copy = open_writer(partial, clock)
    try:
        db.backup_to(copy)
        # A copy is one file that opens anywhere, also where nothing can be written beside it.
        copy.rows("PRAGMA journal_mode=DELETE")
        refuse_damaged(copy, clock, _PATIENT_S)
    finally:
        copy.close()


def _refuse_unusable(source: Path, newest_schema: int, clock: Clock) -> None:
    if not source.exists():
        raise StorageError(f"{source} does not exist")
    db = open_reader(source)
    try:
        version = int(db.value("PRAGMA user_version"))
        if not 0 < version <= newest_schema:
            raise StorageError(f"{source} has schema {version}, this version of ispstatus knows 1 to {newest_schema}")
        refuse_damaged(db, clock, _PATIENT_S)
    finally:
        db.close()


def _version_of(path: Path) -> int:
    try:
        db = open_reader(path)
    except TryAgain:
        return 0
    try:
        return int(db.value("PRAGMA user_version"))
    finally:
        db.close()


def _age(path: Path) -> tuple[float, str]:
    return path.stat().st_mtime, path.name


def _unlink(path: Path) -> None:
    for side in SIDES:
        path.with_name(path.name + side).unlink(missing_ok=True)
