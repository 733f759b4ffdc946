"""Whatever state the file is in: it is opened, or set aside and emptied into a new one, and nobody is left guessing."""

import os
import sqlite3
from pathlib import Path

import pytest

from ispstatus.model.errors import NewerSchema
from ispstatus.model.record import EventKind
from ispstatus.store import events, minutes, outages, recover, uplinks
from ispstatus.store.db import Db
from ispstatus.store.recover import open_sound
from tests.helpers.make import a_minute, an_outage
from tests.store.kit import HandClock, a_database, damage

CLOCK = HandClock().clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database with one uplink, one outage and an hour of minutes."""
    db = a_database(tmp_path)
    with db.transaction():
        outages.add(db, an_outage(0, 60))
        minutes.put_minutes(db, [a_minute(n) for n in range(60)])
    db.close()
    return tmp_path / "ispstatus.db"


def names(db: Db) -> list[str]:
    return [stored.name for stored in uplinks.stored(db)]


def told(db: Db) -> list[str]:
    """What was noted about damage."""
    return [event.detail for event in events.between(db, 0, 1 << 62) if event.kind is EventKind.DAMAGE]


def kept(path: Path) -> list[Path]:
    return sorted((path.parent / "quarantine").glob("*.db"))


def test_where_nothing_is_a_new_database_begins(tmp_path: Path) -> None:
    opened = open_sound(tmp_path / "state" / "ispstatus.db", CLOCK)

    assert (opened.salvage, opened.was_replaced, names(opened.db)) == (None, False, [])
    opened.db.close()


def test_a_sound_file_is_opened_as_it_is(path: Path) -> None:
    opened = open_sound(path, CLOCK)

    assert (opened.was_replaced, names(opened.db), told(opened.db), kept(path)) == (False, ["fibre"], [], [])
    opened.db.close()


def test_an_empty_file_is_set_aside_and_told(path: Path) -> None:
    os.truncate(path, 0)

    opened = open_sound(path, CLOCK)

    assert opened.was_replaced
    assert [file.stat().st_size for file in kept(path)] == [0]
    (words,) = told(opened.db)
    assert f"{path} is empty" in words
    assert str(kept(path)[0]) in words
    assert "carried over: nothing" in words
    opened.db.close()


def test_what_is_no_database_is_kept_byte_for_byte(path: Path) -> None:
    path.write_bytes(b"these are my notes\n" * 1000)

    opened = open_sound(path, CLOCK)

    assert kept(path)[0].read_bytes() == b"these are my notes\n" * 1000
    assert names(opened.db) == []
    opened.db.close()


def test_what_can_be_read_of_a_damaged_file_is_carried_over(path: Path) -> None:
    with sqlite3.connect(path) as database:
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'bucket'").fetchone()
    database.close()
    damage(path, (root - 1) * 4096)

    opened = open_sound(path, CLOCK)

    assert names(opened.db) == ["fibre"]
    assert outages.count(opened.db, 1, 0, 1 << 61) == 1
    assert "1 uplink" in told(opened.db)[0]
    assert "1 outage" in told(opened.db)[0]
    assert opened.salvage is not None, "the minutes follow slice by slice"
    opened.salvage.close()
    opened.db.close()


def test_a_database_whose_log_alone_is_left_is_read_from_the_log(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    with db.transaction():
        outages.add(db, an_outage(0, 60))
    path = tmp_path / "ispstatus.db"
    lost = tmp_path / "after-a-crash"
    lost.mkdir()
    (lost / path.name).write_bytes(b"")
    log = path.with_name("ispstatus.db-wal").read_bytes()
    (lost / "ispstatus.db-wal").write_bytes(log)
    db.close()

    opened = open_sound(lost / path.name, CLOCK)

    assert names(opened.db) == ["fibre"]
    assert outages.count(opened.db, 1, 0, 1 << 61) == 1
    assert (kept(lost / path.name)[0].with_name(kept(lost / path.name)[0].name + "-wal")).read_bytes() == log
    opened.db.close()


def test_a_kill_after_the_file_was_set_aside_loses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(path, 0, 10)
    monkeypatch.setattr(recover, "_carry_over", _killed)
    with pytest.raises(KeyboardInterrupt):
        open_sound(path, CLOCK)
    monkeypatch.undo()

    opened = open_sound(path, CLOCK)

    assert opened.was_replaced
    assert len(told(opened.db)) == 1
    opened.db.close()
    again = open_sound(path, CLOCK)
    assert len(told(again.db)) == 1, "it is told once"
    again.db.close()


def _killed(_db: Db) -> None:
    raise KeyboardInterrupt


def test_a_kill_before_the_file_was_moved_leaves_it_where_it_is(path: Path) -> None:
    folder = path.parent / "quarantine"
    folder.mkdir()
    (folder / "ispstatus-20260301T130000Z.why").write_text("a check failed")

    opened = open_sound(path, CLOCK)

    assert (opened.was_replaced, names(opened.db), told(opened.db)) == (False, ["fibre"], [])
    assert list(folder.iterdir()) == []
    opened.db.close()


def test_a_newer_schema_is_refused_and_the_file_is_not_touched(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 9999")
    database.close()
    before = path.read_bytes()

    with pytest.raises(NewerSchema, match="schema 9999"):
        open_sound(path, CLOCK)

    assert path.read_bytes() == before
    assert kept(path) == []


def test_two_broken_files_of_one_second_are_both_kept(path: Path) -> None:
    for _ in range(2):
        os.truncate(path, 0)
        open_sound(path, CLOCK).db.close()

    assert len(kept(path)) == 2


def test_a_file_in_use_can_be_replaced(path: Path) -> None:
    opened = recover.replace(path, CLOCK, "a read failed")

    assert "a read failed" in told(opened.db)[0]
    assert names(opened.db) == ["fibre"]
    assert opened.salvage is not None
    opened.salvage.close()
    opened.db.close()
