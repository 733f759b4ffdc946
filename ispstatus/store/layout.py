"""Where things lie beside the database, and what the disk has left."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

SIDES = ("", "-wal", "-shm")
"""The files a database consists of, by what follows its name."""
REPLACED = "-replaced-"
"""In the name of a database that ``restore`` put into quarantine: nothing was wrong with it."""


def backups_of(path: Path) -> Path:
    """Return the directory for copies made before migrations."""
    return path.parent / "backups"


def quarantine_of(path: Path) -> Path:
    """Return the directory for files that could not be used any more."""
    return path.parent / "quarantine"


def log_of(path: Path) -> Path:
    """Return the write-ahead log of a database."""
    return path.with_name(f"{path.name}-wal")


def stamp(wall_s: float) -> str:
    """Return a moment as it stands in file names."""
    return f"{datetime.fromtimestamp(wall_s, UTC):%Y%m%dT%H%M%SZ}"


def unused_name(wanted: Path) -> Path:
    """Return ``wanted``, or the first numbered variant of it that does not exist."""
    name, number = wanted, 1
    while any(name.with_name(name.name + side).exists() for side in SIDES):
        number += 1
        name = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return name


def make_folder(path: Path) -> None:
    """Make a directory of ours; one that root makes belongs to the service all the same."""
    path.mkdir(parents=True, exist_ok=True)
    hand_over(path)


def move_database(source: Path, target: Path) -> None:
    """Rename a database with its side files, the database first: a log without one is never replayed."""
    make_folder(target.parent)
    for side in SIDES:
        old = source.with_name(source.name + side)
        if old.exists():
            old.rename(target.with_name(target.name + side))
    sync_directory(source.parent)
    sync_directory(target.parent)


def sync_file(path: Path) -> None:
    """Have the disk hold what was written to a file."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_directory(path: Path) -> None:
    """Have the disk hold what was renamed in a directory."""
    sync_file(path)


def hand_over(path: Path) -> None:
    """Give what root made in a service's own directory to that service: it has to write it too."""
    owner, made = path.parent.stat(), path.stat()
    if os.geteuid() == 0 and (owner.st_uid, owner.st_gid) != (made.st_uid, made.st_gid):
        os.chown(path, owner.st_uid, owner.st_gid)


def free_bytes(path: Path) -> int:
    """Return the bytes the file system of ``path`` (or of its nearest existing parent) has left for us."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
