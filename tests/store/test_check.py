"""A sound file passes, whatever else is told with the reason."""

from pathlib import Path

import pytest

from ispstatus.clock import Clock
from ispstatus.store.check import refuse_damaged
from ispstatus.store.db import Db, open_writer
from ispstatus.store.errors import CorruptFile
from tests.store.kit import HandClock, a_database, damage

CLOCK = HandClock().clock


def test_a_sound_file_passes(db: Db) -> None:
    refuse_damaged(db, CLOCK)


def test_a_new_file_of_no_tables_is_sound(tmp_path: Path) -> None:
    db = open_writer(tmp_path / "new.db")

    refuse_damaged(db, CLOCK)
    db.close()


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
    with db.transaction():
        db.many("INSERT INTO meta VALUES (?, ?)", [(f"{n}", "x" * 200) for n in range(20_000)])
    ticks = iter(range(1_000_000))
    late = Clock(wall=CLOCK.wall, boot=lambda: float(next(ticks) * 1000))

    refuse_damaged(db, late, 1.0)

    assert db.value("SELECT count(*) FROM meta") == 20_000
