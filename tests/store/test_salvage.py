"""What is small and dear comes over at once, the long tables slice by slice, newest first, and a stop goes on later."""

import json
import sqlite3
from pathlib import Path

import pytest

from ispstatus.store import chunks, keys, meta, minutes, outages, uplinks
from ispstatus.store.db import Db, open_writer
from ispstatus.store.migrate import migrate, migrations
from ispstatus.store.salvage import Salvage
from tests.helpers.make import NOON_TS, a_minute, an_outage
from tests.store.kit import a_database, damage

DAY_MINUTES = 1440


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A closed database with two days of minutes."""
    folder = tmp_path / "old"
    db = a_database(folder, uplinks=2)
    with db.transaction():
        outages.add(db, an_outage(0, 60))
        minutes.put_minutes(db, [a_minute(n) for n in range(-2 * DAY_MINUTES, 0)])
    db.close()
    return folder / "ispstatus.db"


@pytest.fixture
def fresh(tmp_path: Path) -> Db:
    return a_database(tmp_path / "new", uplinks=0)


def carry(salvage: Salvage, db: Db, slices: int) -> bool:
    for _ in range(slices):
        with db.transaction():
            is_more = salvage.carry_slice(db)
        if not is_more:
            return False
    return True


def stored(db: Db) -> int:
    return int(db.value("SELECT count(*) FROM minute"))


def root_of(path: Path, table: str) -> int:
    """Return where a table's first page begins."""
    database = sqlite3.connect(path)
    (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    database.close()
    return (int(page) - 1) * 4096


def test_the_dear_comes_first_and_is_counted_in_words(source: Path, fresh: Db) -> None:
    salvage = Salvage(source, NOON_TS)

    assert salvage.carry_dear(fresh) == "2 uplink, 1 outage"
    assert [one.name for one in uplinks.stored(fresh)] == ["fibre", "line2"]
    assert stored(fresh) == 0
    salvage.close()


def test_minutes_follow_newest_first_until_all_are_there(source: Path, fresh: Db) -> None:
    salvage = Salvage(source, NOON_TS)
    salvage.carry_dear(fresh)

    while stored(fresh) == 0:
        assert carry(salvage, fresh, 1)
    assert minutes.reach(fresh)[1] == NOON_TS - 60, "the newest came first"
    assert minutes.reach(fresh)[0] > NOON_TS - 12 * 3600

    assert not carry(salvage, fresh, 1000)
    assert stored(fresh) == 2 * DAY_MINUTES
    assert meta.get(fresh, meta.SALVAGE) is None
    salvage.close()


def test_a_stop_in_between_goes_on_where_it_was(source: Path, fresh: Db) -> None:
    salvage = Salvage(source, NOON_TS)
    salvage.carry_dear(fresh)
    assert carry(salvage, fresh, 4)
    salvage.close()
    before = stored(fresh)

    later = Salvage.unfinished(fresh)

    assert later is not None
    assert not carry(later, fresh, 1000)
    assert before < stored(fresh) == 2 * DAY_MINUTES
    later.close()


@pytest.mark.parametrize("note", ["", "[]", '{"source": 1}', json.dumps({"source": "/gone", "now_ts": 1, "todo": {}})])
def test_a_note_that_leads_nowhere_is_passed_over(fresh: Db, note: str) -> None:
    meta.put(fresh, meta.SALVAGE, note)

    assert Salvage.unfinished(fresh) is None


def test_what_is_there_already_is_not_overwritten(source: Path, fresh: Db) -> None:
    minutes.put_minutes(fresh, [a_minute(-1, sent=7)])
    salvage = Salvage(source, NOON_TS)
    salvage.carry_dear(fresh)

    assert not carry(salvage, fresh, 1000)
    (newest,) = minutes.minutes_between(fresh, 1, NOON_TS - 60, NOON_TS)
    assert newest.sent == 7
    salvage.close()


def test_an_uplink_whose_row_was_lost_begins_with_the_oldest_minute_that_came_back(source: Path, fresh: Db) -> None:
    salvage = Salvage(source, NOON_TS)
    salvage.carry_dear(fresh)
    uplinks.note_first_minute(fresh, 1, NOON_TS)

    assert not carry(salvage, fresh, 1000)
    assert uplinks.first_minutes(fresh) == {1: NOON_TS - 2 * DAY_MINUTES * 60}
    salvage.close()


def test_days_that_got_their_buckets_back_are_served_anew(source: Path, fresh: Db) -> None:
    salvage = Salvage(source, NOON_TS)
    salvage.carry_dear(fresh)
    chunks.put(fresh, chunks.build(fresh, 1, 0, lambda *_: {}))
    revision = uplinks.revision(fresh, 1)

    carry(salvage, fresh, 1)

    assert chunks.days(fresh, 1, 0) == set()
    assert uplinks.revision(fresh, 1) == revision + 1
    salvage.close()


def test_a_damaged_page_costs_its_rows_and_no_others(source: Path, fresh: Db) -> None:
    damage(source, source.stat().st_size - 5 * 4096, 4096)  # the minutes were written last
    salvage = Salvage(source, NOON_TS)
    salvage.carry_dear(fresh)

    assert not carry(salvage, fresh, 1000)
    assert 2 * DAY_MINUTES - 400 < stored(fresh) < 2 * DAY_MINUTES
    salvage.close()


def test_a_table_that_is_lost_does_not_hold_up_the_others(source: Path, fresh: Db) -> None:
    damage(source, root_of(source, "outage"), 4096)
    salvage = Salvage(source, NOON_TS)

    assert salvage.carry_dear(fresh) == "2 uplink"
    assert not carry(salvage, fresh, 1000)
    assert stored(fresh) == 2 * DAY_MINUTES
    salvage.close()


def test_a_file_that_is_nothing_gives_nothing(tmp_path: Path, fresh: Db) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all" * 500)
    salvage = Salvage(tmp_path / "x.db", NOON_TS)

    assert salvage.carry_dear(fresh) == "nothing"
    assert not carry(salvage, fresh, 100)
    salvage.close()


def test_keys_come_over_so_that_clients_are_not_locked_out(source: Path, fresh: Db) -> None:
    old = open_writer(source)
    keys.add(old, "insight", "noc", ("read",), b"hash", NOON_TS)
    old.close()

    assert Salvage(source, NOON_TS).carry_dear(fresh).endswith("1 api_key")
    assert [(hashed, key.name) for hashed, key in keys.usable(fresh, "insight")] == [(b"hash", "noc")]


# ---------------------------------------------------------------- of an older schema
def test_half_minutes_and_hours_of_the_first_schema_come_over_as_a_migration_makes_them(
    tmp_path: Path, fresh: Db
) -> None:
    old = open_writer(tmp_path / "first.db")
    migrate(old, migrations()[:1])
    old.run("INSERT INTO series VALUES (4, 1, '192.0.2.1')")
    answered, silent = (30, 29, 580_000, 19_000, 20_000, 25_000, 28_000, 27), (30, 0, 0, None, None, None, 0, 0)
    figures = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    halves = [(NOON_TS, 4, *answered), (NOON_TS + 30, 4, *silent)]
    old.many(f"INSERT INTO sample_30s VALUES {figures}", halves)
    days = [(NOON_TS - hour * 3600, 4, *answered) for hour in range(60)]
    old.many(f"INSERT INTO sample_hour VALUES {figures}", days)
    salvage = Salvage(tmp_path / "first.db", NOON_TS)

    salvage.carry_dear(fresh)
    assert not carry(salvage, fresh, 1000)

    salvage.close()
    migrate(old, migrations())
    for table, count in (("series", 1), ("sample_30s", 2), ("sample_hour", 60)):
        rows = f"SELECT * FROM {table}"
        assert len(fresh.rows(rows)) == count
        assert fresh.rows(rows) == old.rows(rows)
    whole_days = f"SELECT * FROM sample_day WHERE ts < {NOON_TS - NOON_TS % 86_400}"
    assert len(fresh.rows(whole_days)) == 2
    assert fresh.rows(whole_days) == old.rows(whole_days)
