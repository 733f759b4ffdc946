"""What a write-ahead log still holds when its database does not."""

import os
import shutil
from pathlib import Path

import pytest

from ispstatus.store import uplinks
from ispstatus.store.db import Db, open_reader
from ispstatus.store.errors import CorruptFile, TryAgain
from ispstatus.store.layout import log_of
from ispstatus.store.wal import readable, refuse_empty
from tests.store.kit import a_database


def log_alone(tmp_path: Path) -> Path:
    """Return a database of no bytes beside a log that has them all."""
    db = a_database(tmp_path / "running")
    kept = tmp_path / "kept.db"
    kept.write_bytes(b"")
    shutil.copyfile(log_of(db.path), log_of(kept))
    db.close()
    return kept


def test_a_file_with_content_is_read_itself(tmp_path: Path) -> None:
    db = a_database(tmp_path)

    assert readable(db.path) == db.path
    db.close()


def test_a_log_alone_is_read_through_a_stand_in_and_left_alone(tmp_path: Path) -> None:
    kept = log_alone(tmp_path)
    before = log_of(kept).read_bytes()

    stand_in = readable(kept)

    assert stand_in.name == "kept-from-log.db"
    db = open_reader(stand_in)
    assert [stored.name for stored in uplinks.stored(db)] == ["fibre"]
    db.close()
    assert kept.read_bytes() == b""
    assert log_of(kept).read_bytes() == before


def test_a_missing_file_with_its_log_is_read_too(tmp_path: Path) -> None:
    kept = log_alone(tmp_path)
    kept.unlink()

    assert readable(kept).exists()


def test_nothing_is_made_up_from_a_log_that_is_none(tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    kept.write_bytes(b"")
    for content in (b"", b"short", b"\0" * 4096, b"x" * 100_000):
        log_of(kept).write_bytes(content)
        assert readable(kept) == kept
    log_of(kept).unlink()
    assert readable(kept) == kept


def test_a_log_cut_off_in_its_first_frame_is_none(tmp_path: Path) -> None:
    kept = log_alone(tmp_path)
    log = log_of(kept)
    log.write_bytes(log.read_bytes()[: 32 + 24 + 100])

    assert readable(kept) == kept


def test_frames_of_an_older_log_do_not_count(tmp_path: Path) -> None:
    kept = log_alone(tmp_path)
    content = bytearray(log_of(kept).read_bytes())
    content[16:24] = b"newsalts"
    log_of(kept).write_bytes(content)

    assert readable(kept) == kept


# ---------------------------------------------------------------- what SQLite would delete
def test_a_sound_file_and_no_file_at_all_pass(db: Db, tmp_path: Path) -> None:
    refuse_empty(db.path)
    refuse_empty(tmp_path / "none.db")


def test_an_empty_file_is_refused_even_beside_a_full_log(db: Db) -> None:
    os.truncate(db.path, 0)
    assert log_of(db.path).stat().st_size > 0

    with pytest.raises(CorruptFile, match="is empty"):
        refuse_empty(db.path)


def test_a_log_whose_file_is_gone_is_refused(tmp_path: Path) -> None:
    log_of(tmp_path / "a.db").write_bytes(b"x")
    with pytest.raises(CorruptFile, match="is gone, its write-ahead log is not"):
        refuse_empty(tmp_path / "a.db")

    log_of(tmp_path / "a.db").write_bytes(b"")
    refuse_empty(tmp_path / "a.db")


def test_what_cannot_be_looked_at_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(TryAgain):
        refuse_empty(tmp_path / "file" / "a.db")


def test_a_reader_of_an_empty_file_leaves_its_log_alone(tmp_path: Path) -> None:
    kept = log_alone(tmp_path)

    with pytest.raises(CorruptFile, match="is empty"):
        open_reader(kept)

    assert log_of(kept).stat().st_size > 0
