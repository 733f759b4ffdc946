"""A second, short writer: beside the daemon, never instead of it."""

from pathlib import Path

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.errors import NewerSchema, StorageError
from ispstatus.store import meta
from ispstatus.store.beside import write_beside
from ispstatus.store.db import Db, open_writer
from tests.store.kit import a_database


def test_it_writes_while_the_daemon_has_the_database_open(db: Db) -> None:
    assert write_beside(db.path, SYSTEM, lambda beside: meta.put(beside, "word", "said"), within_s=1) is None

    assert meta.get(db, "word") == "said"


def test_it_is_all_or_nothing(db: Db) -> None:
    def fail(beside: Db) -> None:
        meta.put(beside, "word", "said")
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        write_beside(db.path, SYSTEM, fail, within_s=1)

    assert meta.get(db, "word") is None


def test_it_gives_up_on_a_daemon_that_keeps_the_lock(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ispstatus.store.db.BUSY_S", 0.01)
    with db.transaction(), pytest.raises(StorageError, match="locked"):
        write_beside(db.path, SYSTEM, lambda _: None, within_s=0.05)


def test_it_makes_nothing_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_beside(tmp_path / "ispstatus.db", SYSTEM, lambda _: None, within_s=1)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "kind", "words"), [(1, StorageError, "start ispstatus once"), (999, NewerSchema, "schema 999")]
)
def test_a_database_of_another_version_is_left_alone(
    tmp_path: Path, version: int, kind: type[StorageError], words: str
) -> None:
    db = a_database(tmp_path)
    db.run(f"PRAGMA user_version = {version}")
    db.close()

    with pytest.raises(kind, match=words):
        write_beside(tmp_path / "ispstatus.db", SYSTEM, lambda _: None, within_s=1)

    left = open_writer(tmp_path / "ispstatus.db")
    assert left.value("PRAGMA user_version") == version
    left.close()
