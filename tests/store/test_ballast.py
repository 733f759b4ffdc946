"""Eight megabytes kept for the day the disk is full."""

from pathlib import Path

import pytest

from ispstatus.store.ballast import BALLAST_BYTES, FLOOR_BYTES, Disk

SIZE, FLOOR = 80_000, 40_000


def is_tight(disk: Disk) -> bool:
    return disk.is_tight


class Room:
    """A disk with as much room as is said."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, _path: Path) -> int:
        return self.free


@pytest.fixture
def room() -> Room:
    return Room(1_000_000)


@pytest.fixture
def disk(tmp_path: Path, room: Room) -> Disk:
    return Disk(tmp_path / "a.db", room, ballast_bytes=SIZE, floor_bytes=FLOOR)


def test_the_ballast_is_eight_megabytes() -> None:
    assert BALLAST_BYTES == 8 * 1024 * 1024
    assert FLOOR_BYTES < BALLAST_BYTES


def test_ballast_takes_real_room(disk: Disk, tmp_path: Path) -> None:
    disk.lay_ballast()

    file = (tmp_path / "a.ballast").stat()
    assert file.st_size == SIZE
    assert file.st_blocks * 512 >= SIZE, "no hole"


def test_no_ballast_is_laid_where_it_would_be_needed_at_once(disk: Disk, tmp_path: Path, room: Room) -> None:
    room.free = 2 * SIZE + FLOOR - 1

    disk.lay_ballast()

    assert not (tmp_path / "a.ballast").exists()


def test_freed_ballast_is_tight_until_it_lies_there_again(disk: Disk) -> None:
    disk.lay_ballast()
    assert not is_tight(disk)

    assert disk.drop_ballast()
    assert is_tight(disk)
    assert not disk.drop_ballast()
    assert is_tight(disk)
    disk.lay_ballast()
    assert not is_tight(disk)


def test_ballast_of_an_earlier_run_is_as_good(disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "a.ballast").write_bytes(b"")
    disk.is_tight = True

    disk.lay_ballast()

    assert not is_tight(disk)


def test_room_is_what_is_over_the_floor(disk: Disk, room: Room, tmp_path: Path) -> None:
    def has_room(free: int) -> bool:
        room.free = free
        return disk.has_room

    assert has_room(FLOOR)
    assert not has_room(FLOOR - 1)
    assert disk.words == f"{tmp_path} has 0.0 MB left, 0.0 MB are needed"


def test_a_directory_that_takes_no_file_is_no_error(tmp_path: Path, room: Room) -> None:
    Disk(tmp_path / "gone" / "a.db", room, ballast_bytes=SIZE, floor_bytes=FLOOR).lay_ballast()
