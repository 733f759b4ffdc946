"""One connection per thread, of the file that is there now, and caches that know their size."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ispstatus.model.errors import StorageError
from ispstatus.queries.reader import Cache, Reader
from ispstatus.store import meta
from ispstatus.store.db import Db
from tests.queries.kit import reading
from tests.store.kit import a_database


def test_a_thread_keeps_its_connection_and_another_has_its_own(reader: Reader) -> None:
    barrier = threading.Barrier(3)

    def mine(_number: int) -> int:
        first = reader.db()
        barrier.wait(10)
        assert reader.db() is first
        return id(first)

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(mine, range(3)))) == 3


def test_what_is_committed_is_seen_at_once_by_everybody(reader: Reader, db: Db) -> None:
    assert meta.get(reader.db(), "word") is None
    meta.put(db, "word", "new")

    assert meta.get(reader.db(), "word") == "new"


def test_a_file_that_was_replaced_is_opened_anew(reader: Reader, db: Db, tmp_path: Path) -> None:
    before, key = reader.db(), reader.file_key
    other = a_database(tmp_path / "other")
    meta.put(other, "word", "other")
    other.close()
    (tmp_path / "other" / "ispstatus.db").rename(reader.path)
    for side in ("-wal", "-shm"):
        reader.path.with_name(f"ispstatus.db{side}").unlink()

    assert reader.db() is not before
    assert meta.get(reader.db(), "word") == "other"
    assert reader.file_key != key


def test_no_database_is_a_storage_error_until_there_is_one(tmp_path: Path) -> None:
    with reading(tmp_path) as reader:
        with pytest.raises(StorageError, match="No such file"):
            reader.db()
        a_database(tmp_path).close()
        assert reader.db().value("SELECT count(*) FROM uplink") == 1


def test_readers_cannot_write(reader: Reader) -> None:
    with pytest.raises(StorageError):
        reader.db().run("DELETE FROM uplink")


def test_after_closing_who_asks_again_gets_a_new_connection(reader: Reader) -> None:
    before = reader.db()
    reader.close()

    assert reader.db() is not before
    assert reader.db().value("SELECT 1") == 1


# ---------------------------------------------------------------- caches
def test_a_cache_lets_go_of_what_was_used_longest_ago() -> None:
    cache: Cache[str] = Cache(100)
    cache.put("a", "A", 40)
    cache.put("b", "B", 40)
    assert cache.get("a") == "A"
    cache.put("c", "C", 40)

    assert [cache.get(key) for key in "abc"] == ["A", None, "C"]


def test_a_value_that_fills_the_cache_alone_is_not_kept() -> None:
    cache: Cache[str] = Cache(100)
    cache.put("a", "A", 50)
    cache.put("big", "BIG", 51)

    assert (cache.get("a"), cache.get("big")) == ("A", None)


def test_a_value_put_again_costs_its_place_once() -> None:
    cache: Cache[str] = Cache(100)
    for size in (40, 10, 40):
        cache.put("a", f"{size}", size)
    cache.put("b", "B", 50)

    assert (cache.get("a"), cache.get("b")) == ("40", "B")
