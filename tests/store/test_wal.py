"""What a write-ahead log still holds when its database does not."""

import shutil
from pathlib import Path

from ispstatus.store import uplinks
from ispstatus.store.db import open_reader
from ispstatus.store.layout import log_of
from ispstatus.store.wal import readable
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
