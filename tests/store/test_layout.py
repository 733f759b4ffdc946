"""Where things lie beside the database."""

import os
from pathlib import Path

import pytest

from ispstatus.store import layout


def test_everything_lies_beside_the_database() -> None:
    path = Path("/var/lib/x/ispstatus.db")

    assert layout.backups_of(path) == Path("/var/lib/x/backups")
    assert layout.quarantine_of(path) == Path("/var/lib/x/quarantine")
    assert layout.log_of(path) == Path("/var/lib/x/ispstatus.db-wal")


def test_stamps_are_utc_and_sort_by_time() -> None:
    assert layout.stamp(0) == "19700101T000000Z"
    assert layout.stamp(1_800_000_000.9) == "20270115T080000Z"


def test_a_name_counts_as_used_when_only_a_side_file_has_it(tmp_path: Path) -> None:
    wanted = tmp_path / "a.db"
    assert layout.unused_name(wanted) == wanted
    (tmp_path / "a.db-wal").touch()
    assert layout.unused_name(wanted) == tmp_path / "a-2.db"
    (tmp_path / "a-2.db").touch()
    assert layout.unused_name(wanted) == tmp_path / "a-3.db"


def test_a_database_moves_with_its_side_files(tmp_path: Path) -> None:
    for side in layout.SIDES:
        (tmp_path / f"a.db{side}").write_text(side)

    layout.move_database(tmp_path / "a.db", tmp_path / "q" / "b.db")

    assert sorted(path.name for path in (tmp_path / "q").iterdir()) == ["b.db", "b.db-shm", "b.db-wal"]
    assert (tmp_path / "q" / "b.db-wal").read_text() == "-wal"
    assert [path.name for path in tmp_path.iterdir()] == ["q"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_in_a_services_directory_is_the_services(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 4321)
    made = tmp_path / "made"
    made.touch()

    layout.hand_over(made)
    layout.make_folder(tmp_path / "quarantine")

    assert (made.stat().st_uid, made.stat().st_gid) == (1234, 4321)
    assert (tmp_path / "quarantine").stat().st_uid == 1234


def test_the_room_of_a_directory_to_come_is_that_of_its_file_system(tmp_path: Path) -> None:
    assert layout.free_bytes(tmp_path / "not" / "yet") > 0
