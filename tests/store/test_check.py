"""A sound file passes, whatever else is told with the reason."""

import os
from pathlib import Path

import pytest

from ispstatus.clock import Clock
from ispstatus.store.check import refuse_damaged, refuse_empty
from ispstatus.store.db import Db, open_writer
from ispstatus.store.errors import CorruptFile, TryAgain
from ispstatus.store.layout import log_of
from tests.store.kit import HandClock, a_database, damage

CLOCK = HandClock().clock


def test_a_sound_file_and_no_file_at_all_pass(db: Db, tmp_path: Path) -> None:
    refuse_empty(db.path)
    refuse_damaged(db, CLOCK)
    refuse_empty(tmp_path / "none.db")


def test_a_new_file_of_no_tables_is_sound(tmp_path: Path) -> None:
    db = open_writer(tmp_path / "new.db")

    refuse_damaged(db, CLOCK)
    db.close()


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


def test_a_damaged_page_is_refused(tmp_path: Path) -> None:
    a_database(tmp_path).close()
    damage(tmp_path / "ispstatus.db", 3 * 4096, 4096)
    db = open_writer(tmp_path / "ispstatus.db")

    with pytest.raises(CorruptFile, match=r"ispstatus\.db"):
        refuse_damaged(db, CLOCK)
    db.close()


def test_a_database_without_our_tables_is_refused(db: Db) -> None:
    db.run("DROP TABLE outage")

    with pytest.raises(CorruptFile, match="lacks the table outage"):
        refuse_damaged(db, CLOCK)


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    db = open_writer(tmp_path / "theirs.db")
    db.run("CREATE TABLE songs (title TEXT)")

    with pytest.raises(CorruptFile, match="lacks the table"):
        refuse_damaged(db, CLOCK)
    db.close()


def test_a_check_that_takes_too_long_passes_and_leaves_the_connection_usable(db: Db) -> None:
    db.many("INSERT INTO meta VALUES (?, ?)", [(f"{n}", "x" * 200) for n in range(20_000)])
    ticks = iter(range(1_000_000))
    late = Clock(wall=CLOCK.wall, boot=lambda: float(next(ticks) * 1000))

    refuse_damaged(db, late, 1.0)

    assert db.value("SELECT count(*) FROM meta") == 20_000
