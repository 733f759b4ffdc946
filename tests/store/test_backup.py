"""Whole copies: of one moment, verified, in place by one rename; and the way back."""

import os
from pathlib import Path

import pytest

from ispstatus.model.errors import StorageError
from ispstatus.store import backup, meta, uplinks
from ispstatus.store.db import Db, open_reader, open_writer
from ispstatus.store.lock import WriterLock
from ispstatus.store.migrate import migrations
from tests.store.kit import HandClock, a_database, damage

CLOCK = HandClock().clock
SCHEMA = len(migrations())


def word(path: Path) -> str | None:
    """Return what is noted under "word" in the database at ``path``."""
    db = open_reader(path)
    try:
        return meta.get(db, "word")
    finally:
        db.close()


def beside(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir() if file.name.startswith(path.name))


# ---------------------------------------------------------------- copies
def test_a_copy_has_what_is_committed_while_the_writer_goes_on(db: Db, tmp_path: Path) -> None:
    meta.put(db, "word", "committed")
    with db.transaction():
        meta.put(db, "word", "not yet")
        copy = backup.back_up(db.path, tmp_path / "copies" / "copy.db")

    assert word(copy) == "committed"


def test_a_copy_is_one_file_that_opens_where_nothing_can_be_written(db: Db, tmp_path: Path) -> None:
    copy = backup.back_up(db.path, tmp_path / "copies" / "copy.db")

    assert beside(copy) == ["copy.db"]
    reader = open_reader(copy)
    assert reader.value("PRAGMA journal_mode") == "delete"
    assert [stored.name for stored in uplinks.stored(reader)] == ["fibre"]
    reader.close()


def test_nothing_is_ever_overwritten(db: Db, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(StorageError, match="exists: choose another name"):
        backup.back_up(db.path, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_copy_that_is_not_sound_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    a_database(tmp_path / "state").close()
    damage(tmp_path / "state" / "ispstatus.db", 5 * 4096, 4096)

    with pytest.raises(StorageError):
        backup.back_up(tmp_path / "state" / "ispstatus.db", tmp_path / "copies" / "copy.db")
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_disk_without_room_is_said_before_anything_is_written(
    db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "free_bytes", lambda _path: 100)

    with pytest.raises(StorageError, match="has no room for a copy"):
        backup.back_up(db.path, tmp_path / "copies" / "copy.db")
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_folder_that_takes_no_file_is_said(db: Db, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match="cannot write"):
        backup.back_up(db.path, tmp_path / "file" / "copy.db")


# ---------------------------------------------------------------- before migrations
def test_the_last_three_copies_before_migrations_are_kept(db: Db, hands: HandClock) -> None:
    copies = []
    for day in range(5):
        hands.wall_s += 86_400
        copies.append(backup.before_migration(db, 1))
        os.utime(copies[-1], (day, day))

    folder = db.path.parent / "backups"
    assert sorted(folder.iterdir()) == sorted(copies[-3:])
    assert copies[-1].name == "ispstatus-schema1-20260306T130000Z.db"


def test_the_newest_copy_that_fits_is_found_among_others(db: Db, hands: HandClock) -> None:
    old = backup.before_migration(db, 1)
    hands.wall_s += 60
    new = backup.before_migration(db, 1)
    os.utime(old, (1, 1))
    folder = db.path.parent / "backups"
    (folder / "junk.db").write_bytes(b"junk" * 2000)
    (folder / "empty.db").touch()

    assert backup.newest_of_version(folder, SCHEMA) == new
    assert backup.newest_of_version(folder, 0) is None
    assert backup.newest_of_version(folder / "none", SCHEMA) is None


# ---------------------------------------------------------------- the way back
@pytest.fixture
def copy(tmp_path: Path) -> Path:
    db = a_database(tmp_path / "before")
    meta.put(db, "word", "before")
    db.close()
    return backup.back_up(tmp_path / "before" / "ispstatus.db", tmp_path / "copy.db")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    db = a_database(tmp_path / "state")
    meta.put(db, "word", "now")
    db.close()
    return tmp_path / "state" / "ispstatus.db"


def test_a_copy_takes_the_place_and_what_was_there_is_kept(copy: Path, target: Path) -> None:
    kept = backup.restore(copy, target, SCHEMA, CLOCK)

    assert word(target) == "before"
    assert kept == target.parent / "quarantine" / "ispstatus-replaced-20260301T130000Z.db"
    assert kept is not None
    assert word(kept) == "now"
    assert word(copy) == "before"


def test_where_nothing_was_nothing_is_kept(copy: Path, tmp_path: Path) -> None:
    assert backup.restore(copy, tmp_path / "new" / "ispstatus.db", SCHEMA, CLOCK) is None
    assert word(tmp_path / "new" / "ispstatus.db") == "before"


def test_a_log_left_by_a_kill_is_not_replayed_into_the_copy(copy: Path, tmp_path: Path) -> None:
    running = a_database(tmp_path / "killed")
    meta.put(running, "word", "killed")
    state = tmp_path / "state"
    state.mkdir()
    for side in ("", "-wal"):
        name = f"ispstatus.db{side}"
        (state / name).write_bytes((tmp_path / "killed" / name).read_bytes())
    running.close()

    kept = backup.restore(copy, state / "ispstatus.db", SCHEMA, CLOCK)

    assert word(state / "ispstatus.db") == "before"
    assert kept is not None
    assert word(kept) == "killed", "also what was in the log alone"


def test_nothing_is_restored_under_a_running_ispstatus(copy: Path, target: Path) -> None:
    running = WriterLock(target)
    running.take()

    with pytest.raises(StorageError, match="in use by another running ispstatus: stop it first"):
        backup.restore(copy, target, SCHEMA, CLOCK)
    running.release()
    assert word(target) == "now"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"no database " * 1000, "not a database"), (None, "does not exist")],
    ids=["empty", "junk", "missing"],
)
def test_what_is_no_copy_is_refused_and_nothing_changes(
    target: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "bad.db").write_bytes(content)

    with pytest.raises(StorageError, match=words):
        backup.restore(tmp_path / "bad.db", target, SCHEMA, CLOCK)
    assert word(target) == "now"


def test_a_damaged_copy_is_refused(copy: Path, target: Path) -> None:
    damage(copy, 6 * 4096, 4096)

    with pytest.raises(StorageError):
        backup.restore(copy, target, SCHEMA, CLOCK)
    assert word(target) == "now"


def test_a_copy_of_a_newer_schema_is_refused_with_what_is_known(copy: Path, target: Path) -> None:
    db = open_writer(copy)
    db.run("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(StorageError, match=f"has schema 99, this version of ispstatus knows 1 to {SCHEMA}"):
        backup.restore(copy, target, SCHEMA, CLOCK)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_restores_belongs_to_the_service(copy: Path, target: Path) -> None:
    os.chown(target.parent, 1234, 1234)

    backup.restore(copy, target, SCHEMA, CLOCK)

    assert target.stat().st_uid == 1234
