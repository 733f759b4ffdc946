import sqlite3
from pathlib import Path

import pytest

from ispstatus.model.errors import StorageError, StorageFull
from ispstatus.store import meta
from ispstatus.store.db import Db, open_reader, open_writer
from ispstatus.store.errors import TryAgain
from tests.store.kit import a_database


def test_every_commit_is_synced_to_a_write_ahead_log(db: Db) -> None:
    assert db.value("PRAGMA journal_mode") == "wal"
    assert db.value("PRAGMA synchronous") == 2
    assert db.value("PRAGMA wal_autocheckpoint") == 1000
    assert db.value("PRAGMA journal_size_limit") == 16 * 1024 * 1024


def test_tables_are_strict_and_the_long_ones_have_time_first_keys(db: Db) -> None:
    tables = {row[1]: row for row in db.rows("PRAGMA table_list") if not row[1].startswith("sqlite_")}
    assert all(row[5] == 1 for row in tables.values()), "every table is STRICT"
    for name in ("minute", "bucket", "sample", "sample_30s", "sample_hour"):
        assert tables[name][4] == 1, f"{name} is WITHOUT ROWID"
        assert next(row[1] for row in db.rows(f"PRAGMA table_info({name})") if row[5]) == "ts"


def test_a_block_that_raises_leaves_nothing_behind(db: Db) -> None:
    def fail_halfway() -> None:
        with db.transaction():
            meta.put(db, "word", "value")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail_halfway()
    assert meta.get(db, "word") is None


def test_sqlite_errors_come_out_as_ours(db: Db) -> None:
    with pytest.raises(StorageError, match="no such table"):
        db.rows("SELECT * FROM nowhere")
    with pytest.raises(StorageError):
        db.run("INSERT INTO meta VALUES (NULL, NULL)")


def test_a_database_that_may_not_grow_is_full(db: Db) -> None:
    db.rows(f"PRAGMA max_page_count = {db.value('PRAGMA page_count')}")
    with pytest.raises(StorageFull), db.transaction():
        db.many("INSERT INTO meta VALUES (?, ?)", [(str(n), "x" * 500) for n in range(100)])
    assert db.value("SELECT count(*) FROM meta") == 0


def test_a_lock_of_somebody_else_is_worth_trying_again(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ispstatus.store.db.BUSY_S", 0.01)
    other = sqlite3.connect(db.path, isolation_level=None)
    mine = open_writer(db.path)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryAgain), mine.transaction():
            pass
    finally:
        other.close()
        mine.close()


def test_a_reader_cannot_write(db: Db) -> None:
    reader = open_reader(db.path)
    with pytest.raises(StorageError):
        reader.run("INSERT INTO meta VALUES ('a', 'b')")
    reader.close()


def test_a_reader_sees_what_is_committed_while_the_writer_goes_on(db: Db) -> None:
    reader = open_reader(db.path)
    with db.transaction():
        meta.put(db, "word", "value")
        assert meta.get(reader, "word") is None
    assert meta.get(reader, "word") == "value"
    reader.close()


def test_there_is_no_reader_of_a_database_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        open_reader(tmp_path / "ispstatus.db")


def test_a_file_that_cannot_be_written_beside_is_still_read(tmp_path: Path) -> None:
    a_database(tmp_path).close()
    path = tmp_path / "ispstatus.db"
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        reader = open_reader(path)
        assert reader.value("SELECT name FROM uplink") == "fibre"
        reader.close()
    finally:
        tmp_path.chmod(0o755)
