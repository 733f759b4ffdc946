"""The one writing thread: commits in order, waits out what passes, and loses nothing it promised."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from ispstatus.model.errors import NewerSchema, StorageError, StorageFull
from ispstatus.model.record import EventKind
from ispstatus.store import events, meta, uplinks
from ispstatus.store.ballast import Disk
from ispstatus.store.db import Db, open_reader
from ispstatus.store.layout import log_of
from ispstatus.store.writer import Writer
from tests.store.kit import HandClock, Room, a_database, damage

SOON_S = 10.0


@pytest.fixture
def writer(tmp_path: Path, room: Room, replaced: list[str]) -> Iterator[Writer]:
    path = tmp_path / "ispstatus.db"
    disk = Disk(path, room, ballast_bytes=80_000, floor_bytes=40_000)
    made = Writer(
        path, HandClock().clock, backlog=5, retry_s=0.01, disk=disk, on_replaced=lambda: replaced.append("replaced")
    )
    yield made
    made.stop()


def put(word: str) -> Callable[[Db], None]:
    return lambda db: meta.put(db, word, "written")


def stored(writer: Writer) -> list[str]:
    """Return the words on the disk, as another process sees them."""
    reader = open_reader(writer.path)
    try:
        return [row[0] for row in reader.rows("SELECT key FROM meta WHERE value = 'written' ORDER BY key")]
    finally:
        reader.close()


def wait_until(holds: Callable[[], object]) -> None:
    deadline = monotonic() + SOON_S
    while not holds():
        assert monotonic() < deadline, "it never came true"
        sleep(0.005)


def done(future: "Future[Any]") -> Any:
    return future.result(SOON_S)


# ---------------------------------------------------------------- commits
def test_a_future_is_done_once_its_transaction_is_on_the_disk(writer: Writer) -> None:
    writer.start()

    assert done(writer.submit(lambda db: db.run("INSERT INTO meta VALUES ('a', 'written')"))) == 1
    assert stored(writer) == ["a"]
    assert (writer.is_writing, writer.problem, writer.backlog) == (True, None, 0)


def test_transactions_run_in_the_order_they_were_handed_over(writer: Writer) -> None:
    order: list[int] = []
    writer.start()

    futures = [writer.submit(lambda _db, n=n: order.append(n)) for n in range(5)]  # type: ignore[misc]
    for future in futures:
        done(future)

    assert order == [0, 1, 2, 3, 4]


def test_a_mistake_of_one_is_its_own(writer: Writer) -> None:
    def fail(db: Db) -> None:
        meta.put(db, "half", "written")
        raise KeyError("mine")

    writer.start()
    wrong, right = writer.submit(fail), writer.submit(put("right"))

    with pytest.raises(KeyError):
        done(wrong)
    done(right)
    assert stored(writer) == ["right"]


def test_wrong_sql_is_the_callers_mistake_and_not_the_disks(writer: Writer) -> None:
    writer.start()

    with pytest.raises(StorageError, match="no such table"):
        done(writer.submit(lambda db: db.run("DELETE FROM nowhere")))
    assert writer.is_writing


def test_nobody_waits_for_what_was_cancelled(writer: Writer) -> None:
    begun, go_on = threading.Event(), threading.Event()
    writer.start()

    def hold_up(_db: Db) -> None:
        begun.set()
        go_on.wait(SOON_S)

    writer.submit(hold_up)
    begun.wait(SOON_S)
    unwanted, wanted = writer.submit(put("unwanted")), writer.submit(put("wanted"))
    assert unwanted.cancel()
    go_on.set()

    done(wanted)
    assert stored(writer) == ["wanted"]


# ---------------------------------------------------------------- start and stop
def test_two_writers_never_share_a_directory(writer: Writer) -> None:
    writer.start()

    with pytest.raises(StorageError, match="in use by another running ispstatus"):
        Writer(writer.path, HandClock().clock).start()


def test_a_stop_commits_what_waits_and_leaves_one_file(writer: Writer) -> None:
    writer.start()
    futures = [writer.submit(put(f"{n}")) for n in range(5)]

    assert writer.stop()

    for future in futures:
        done(future)
    assert not log_of(writer.path).exists() or log_of(writer.path).stat().st_size == 0
    assert stored(writer) == ["0", "1", "2", "3", "4"]
    with pytest.raises(StorageError, match="has stopped"):
        done(writer.submit(put("late")))
    assert not writer.is_writing


def test_a_newer_schema_is_said_at_start_and_lets_go_of_the_directory(writer: Writer) -> None:
    a_database(writer.path.parent).close()
    with sqlite3.connect(writer.path) as database:
        database.execute("PRAGMA user_version = 9999")
    database.close()

    with pytest.raises(NewerSchema, match="9999"):
        writer.start()

    other = Writer(writer.path, HandClock().clock)
    with pytest.raises(NewerSchema):
        other.start()


# ---------------------------------------------------------------- a full disk
def test_a_full_disk_holds_writing_up_and_nothing_is_lost(
    writer: Writer, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    writer.start()
    room.free = 1000
    waiting = [writer.submit(put(f"{n}")) for n in range(3)]
    wait_until(lambda: not writer.is_writing)
    assert "MB left" in str(writer.problem)
    assert writer.backlog == 3
    assert not any(future.done() for future in waiting)
    beat = writer.beat_boot_s
    wait_until(lambda: writer.beat_boot_s > beat)

    room.free = 1_000_000
    for future in waiting:
        done(future)

    wait_until(lambda: writer.backlog == 0)
    assert stored(writer) == ["0", "1", "2"]
    assert (writer.is_writing, writer.problem) == (True, None)
    said = [record.getMessage() for record in caplog.records]
    assert [sum(words in line for line in said) for words in ("nothing is written for now", "writing goes on")] == [
        1,
        1,
    ]
    reader = open_reader(writer.path)
    noted = events.between(reader, 0, 1 << 62)
    reader.close()
    assert [event.kind for event in noted] == [EventKind.STORAGE]


def test_too_much_waiting_is_refused_at_once(writer: Writer, room: Room) -> None:
    writer.start()
    room.free = 1000
    waiting = [writer.submit(put(f"{n}")) for n in range(5)]

    with pytest.raises(StorageFull, match="5 transactions wait already"):
        done(writer.submit(put("one too many")))
    room.free = 1_000_000
    for future in waiting:
        done(future)


def test_whoever_waits_hears_what_is_wrong_and_nothing_is_written_later(writer: Writer, room: Room) -> None:
    writer.start()
    assert writer.write(lambda db: db.value("SELECT 7"), SOON_S) == 7
    room.free = 1000

    with pytest.raises(StorageError, match=r"nothing could be written within 0 s: .* MB left"):
        writer.write(put("a"), 0.4)
    room.free = 1_000_000
    writer.write(put("b"), SOON_S)
    assert stored(writer) == ["b"]


def test_a_stop_on_a_full_disk_says_what_was_not_written(writer: Writer, room: Room) -> None:
    writer.start()
    room.free = 1000
    waiting = writer.submit(put("a"))

    assert writer.stop()
    with pytest.raises(StorageFull, match="stopped before it could be written"):
        done(waiting)


def test_a_start_on_a_full_disk_waits_for_room(tmp_path: Path, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ispstatus.store.writer._OPEN_S", 0.05)
    room.free = 0
    path = tmp_path / "ispstatus.db"
    writer = Writer(path, HandClock().clock, retry_s=0.01, disk=Disk(path, room, ballast_bytes=80_000, floor_bytes=1))
    writer.start()
    waiting = writer.submit(put("a"))
    assert not writer.is_writing

    room.free = 1_000_000
    done(waiting)
    assert stored(writer) == ["a"]
    writer.stop()


def test_a_disk_that_is_full_before_it_says_so_costs_the_ballast_first(writer: Writer, tmp_path: Path) -> None:
    tries: list[bool] = []

    def full_once(db: Db) -> None:
        tries.append((tmp_path / "ispstatus.ballast").exists())
        if len(tries) == 1:
            raise StorageFull("no space")
        meta.put(db, "a", "written")

    writer.start()
    done(writer.submit(full_once))

    assert tries[0]
    assert stored(writer) == ["a"]


# ---------------------------------------------------------------- a broken disk, a broken file
def test_a_lock_of_somebody_else_is_waited_out(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ispstatus.store.db.BUSY_S", 0.01)
    writer.start()
    other = sqlite3.connect(writer.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = writer.submit(put("a"))
    wait_until(lambda: not writer.is_writing)
    assert "locked" in str(writer.problem)

    other.execute("ROLLBACK")
    other.close()
    done(waiting)
    assert stored(writer) == ["a"]


def test_a_file_that_turns_out_damaged_in_use_is_replaced_and_told(writer: Writer, replaced: list[str]) -> None:
    db = a_database(writer.path.parent)
    with db.transaction():
        db.many("INSERT INTO meta VALUES (?, ?)", [(f"{n:05}", "x" * 100) for n in range(30_000)])
    db.close()
    writer.start()
    damage(writer.path, 400 * 4096, 4096)  # more than the cache holds was read since

    def read_all(db: Db) -> None:
        db.rows("SELECT key, value FROM meta")
        meta.put(db, "after", "written")

    done(writer.submit(read_all))

    assert replaced == ["replaced"]
    assert stored(writer) == ["after"]
    reader = open_reader(writer.path)
    assert [stored.name for stored in uplinks.stored(reader)] == ["fibre"], "the dear came over"
    assert EventKind.DAMAGE in [event.kind for event in events.between(reader, 0, 1 << 62)]
    reader.close()


def test_what_breaks_every_file_is_no_damage_of_this_one(writer: Writer, replaced: list[str], tmp_path: Path) -> None:
    from ispstatus.store.errors import CorruptFile

    tries: list[int] = []

    def corrupt(_db: Db) -> None:
        tries.append(1)
        if len(tries) < 4:
            raise CorruptFile("again")

    writer.start()
    done(writer.submit(corrupt))

    assert replaced == ["replaced"]
    assert len(list((tmp_path / "quarantine").glob("*.db"))) == 1


def test_leftovers_of_a_damaged_file_come_over_while_nothing_else_is_to_do(writer: Writer, tmp_path: Path) -> None:
    db = a_database(tmp_path)
    db.run("INSERT INTO minute VALUES (1772366400, 1, 0, 0, 0, 0, NULL, 0)")
    db.run("DROP TABLE day_chunk")
    db.close()

    writer.start()

    def count(db: Db) -> Any:
        return db.value("SELECT count(*) FROM minute")

    wait_until(lambda: done(writer.submit(count)) == 1)
