"""The one file is kept usable: room, soundness, what is left of a damaged one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.model.errors import StorageFull
from ispstatus.store import meta, minutes
from ispstatus.store.ballast import Disk
from ispstatus.store.db import open_reader
from ispstatus.store.keeper import Keeper
from ispstatus.store.layout import log_of
from tests.helpers.make import a_minute
from tests.store.kit import HandClock, Room, a_database


@pytest.fixture
def keeper(tmp_path: Path, room: Room, replaced: list[str]) -> Iterator[Keeper]:
    path = tmp_path / "ispstatus.db"
    disk = Disk(path, room, ballast_bytes=80_000, floor_bytes=40_000)
    kept = Keeper(path, HandClock().clock, disk, lambda: replaced.append("replaced"))
    yield kept
    kept.close()


def test_the_database_stays_open_and_the_ballast_lies_beside_it(keeper: Keeper, tmp_path: Path) -> None:
    db = keeper.usable()

    assert keeper.usable() is db
    assert keeper.warning is None
    assert (tmp_path / "ispstatus.ballast").exists()


def test_below_the_floor_the_ballast_goes_first_and_then_writing_stops(
    keeper: Keeper, room: Room, tmp_path: Path
) -> None:
    keeper.usable()
    room.free = 39_000
    with pytest.raises(StorageFull, match="MB left"):
        keeper.usable()
    assert not (tmp_path / "ispstatus.ballast").exists()

    room.free = 41_000
    keeper.usable()
    assert keeper.warning is not None, "writing works, and it is tight"
    room.free = 1_000_000
    keeper.usable()
    assert keeper.warning is None


def test_a_full_disk_gives_the_ballast_once(keeper: Keeper) -> None:
    keeper.usable()

    assert keeper.free_room()
    assert not keeper.free_room()


def test_a_deleted_file_is_put_back(keeper: Keeper, tmp_path: Path) -> None:
    db = keeper.usable()
    meta.put(db, "word", "kept")
    for file in tmp_path.glob("ispstatus.db*"):
        file.unlink()

    again = keeper.usable()

    assert meta.get(again, "word") == "kept"
    assert (tmp_path / "ispstatus.db").exists()


def test_a_file_that_was_exchanged_is_the_one_in_use(keeper: Keeper, tmp_path: Path) -> None:
    keeper.usable()
    other = a_database(tmp_path / "other")
    meta.put(other, "word", "other")
    other.close()
    (tmp_path / "other" / "ispstatus.db").rename(tmp_path / "ispstatus.db")
    for side in ("-wal", "-shm"):
        (tmp_path / f"ispstatus.db{side}").unlink()

    assert meta.get(keeper.usable(), "word") == "other"


def test_a_replacement_in_use_is_told_and_emptied_slice_by_slice(
    keeper: Keeper, replaced: list[str], tmp_path: Path
) -> None:
    minutes.put_minutes(keeper.usable(), [a_minute(n) for n in range(30)])

    keeper.replace("a read failed")

    assert replaced == ["replaced"]
    slices = 0
    while keeper.has_leftovers:
        keeper.carry_over()
        slices += 1
    assert slices > 1
    assert keeper.usable().value("SELECT count(*) FROM minute") == 30
    details = [row[0] for row in keeper.usable().rows("SELECT detail FROM engine_event ORDER BY id")]
    assert "a read failed" in details[0]
    assert details[-1].startswith("everything that could be read")
    keeper.carry_over()


def test_a_file_found_damaged_on_opening_it_again_is_told_too(
    keeper: Keeper, replaced: list[str], tmp_path: Path
) -> None:
    keeper.usable()
    keeper.close()
    (tmp_path / "ispstatus.db").write_bytes(b"")

    keeper.usable()

    assert replaced == ["replaced"]


def test_a_damaged_file_at_the_first_start_is_nobodys_surprise(
    keeper: Keeper, replaced: list[str], tmp_path: Path
) -> None:
    (tmp_path / "ispstatus.db").write_bytes(b"")

    keeper.usable()

    assert replaced == []


def test_the_end_leaves_everything_in_one_file_while_somebody_still_reads(keeper: Keeper, tmp_path: Path) -> None:
    meta.put(keeper.usable(), "word", "kept")
    reader = open_reader(tmp_path / "ispstatus.db")
    assert meta.get(reader, "word") == "kept"

    keeper.finish()
    keeper.finish()

    assert log_of(tmp_path / "ispstatus.db").stat().st_size == 0
    reader.close()
    alone = tmp_path / "alone.db"
    alone.write_bytes((tmp_path / "ispstatus.db").read_bytes())
    copy = open_reader(alone)
    assert meta.get(copy, "word") == "kept"
    copy.close()
