"""How fresh and how whole the memory is, with the cause of a gap where one was noted."""

from datetime import datetime
from pathlib import Path

import pytest

from ispstatus.actions.uplinks import forget_uplink
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.model.state import State
from ispstatus.model.window import Window
from ispstatus.queries import health
from ispstatus.queries.health import (
    Freshness,
    engine_events,
    freshness_and_gap,
    is_demo,
    sqlite_health,
)
from ispstatus.queries.reader import Reader
from ispstatus.store import events, meta
from ispstatus.store.db import Db
from ispstatus.store.migrate import migrations
from tests.helpers.make import a_minute, at
from tests.queries.kit import fill

NOW = at(3600 + 20)


def look(reader: Reader, now: datetime = NOW) -> Freshness:
    return freshness_and_gap(reader, now, 1)


def note(db: Db, seconds: float, kind: EventKind, detail: str = "") -> None:
    events.add(db, EngineEvent(at(seconds), kind, detail))


# ---------------------------------------------------------------- freshness
def test_a_whole_hour_is_fresh_and_without_a_gap(reader: Reader, db: Db) -> None:
    fill(db, (a_minute(n) for n in range(60)))

    assert look(reader) == Freshness(at(3600), 20.0, 0)


def test_age_counts_from_the_newest_judged_second_and_not_from_the_newest_row(reader: Reader, db: Db) -> None:
    unknown = {"state": State.UNKNOWN, "up_s": 0, "unknown_s": 60}
    fill(db, [*(a_minute(n) for n in range(57)), *(a_minute(n, **unknown) for n in range(57, 60))])

    found = look(reader)

    assert (found.newest_judged_at, found.age_s, found.gap_minutes) == (at(57 * 60), 200.0, 0)


def test_a_minute_judged_in_part_counts_that_part(reader: Reader, db: Db) -> None:
    fill(db, [*(a_minute(n) for n in range(60)), a_minute(60, up_s=12, unknown_s=48)])

    assert look(reader).newest_judged_at == at(3600 + 12)


def test_an_old_memory_says_how_old_it_is(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(0)])

    found = look(reader, at(10 * 3600))

    assert found.newest_judged_at == at(60)
    assert found.age_s == 10 * 3600 - 60


def test_an_empty_memory_has_no_age_and_no_gap(reader: Reader) -> None:
    assert look(reader) == Freshness(None, None, 0)


# ---------------------------------------------------------------- gaps
def test_the_longest_run_of_missing_minutes_is_told_with_its_uplink(reader: Reader, db: Db) -> None:
    fill(db, (a_minute(n) for n in range(60) if n not in (3, 4, 20, 21, 22, 23, 24, 25)))

    found = look(reader)

    assert (found.gap_minutes, found.gap_start_at, found.gap_uplink) == (6, at(20 * 60), "fibre")
    assert found.gap_cause is None


def test_what_lies_before_the_first_minute_ever_is_no_gap(reader: Reader, db: Db) -> None:
    fill(db, (a_minute(n) for n in range(50, 60)))

    assert look(reader).gap_minutes == 0


def test_the_minute_that_is_just_over_is_not_missing_yet(reader: Reader, db: Db) -> None:
    fill(db, (a_minute(n) for n in range(59)))

    assert look(reader, at(3600 + 14)).gap_minutes == 0
    assert look(reader, at(3600 + 16)).gap_minutes == 1


def test_a_gap_that_reaches_up_to_now_counts(reader: Reader, db: Db) -> None:
    fill(db, (a_minute(n) for n in range(40)))

    assert look(reader).gap_minutes == 20


def test_unknown_minutes_are_no_gap(reader: Reader, db: Db) -> None:
    fill(db, (a_minute(n, state=State.UNKNOWN, up_s=0, unknown_s=60) for n in range(60)))

    assert look(reader).gap_minutes == 0


def test_an_uplink_that_was_removed_has_no_gaps(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(0)])
    assert look(reader).gap_minutes == 59

    forget_uplink(db, "fibre")
    assert look(reader).gap_minutes == 0


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ([(1190, EventKind.STOP, ""), (1550, EventKind.START, "")], "stop 12:19:50Z; start 12:25:50Z"),
        ([(1550, EventKind.START, "")], "no stop was noted: killed, crashed or without power; start 12:25:50Z"),
        ([(1200, EventKind.CLOCK_FORWARD, "by 300 s")], "clock_forward 12:20:00Z by 300 s"),
        ([(1200, EventKind.LATE, ""), (1200, EventKind.DETECTED, "")], None),
        ([(1070, EventKind.STOP, "")], None),
    ],
    ids=["restart", "kill", "clock", "nothing that explains it", "too long ago"],
)
def test_the_cause_is_what_the_engine_noted_around_it(
    reader: Reader, db: Db, noted: list[tuple[float, EventKind, str]], words: str | None
) -> None:
    fill(db, (a_minute(n) for n in range(60) if not 20 <= n < 26))
    for event in noted:
        note(db, *event)

    assert look(reader).gap_cause == words


# ---------------------------------------------------------------- the file
def test_a_sound_file_is_told_with_its_sizes(reader: Reader, db: Db, tmp_path: Path) -> None:
    meta.put(db, "word", "x")

    found = sqlite_health(reader)

    assert (found.ok, found.problem, found.schema, found.quarantined) == (True, None, len(migrations()), ())
    assert found.db_bytes == (tmp_path / "ispstatus.db").stat().st_size
    assert found.wal_bytes == (tmp_path / "ispstatus.db-wal").stat().st_size > 0
    assert found.free_bytes > 0


def test_a_missing_file_is_told_and_no_error(tmp_path: Path) -> None:
    found = sqlite_health(Reader(tmp_path / "ispstatus.db"))

    assert (found.ok, found.schema, found.db_bytes) == (False, None, 0)
    assert "No such file" in str(found.problem)


def test_a_log_that_grows_without_end_is_told(reader: Reader, db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    assert health.WAL_LIMIT_BYTES == 64 * 1024 * 1024
    monkeypatch.setattr(health, "WAL_LIMIT_BYTES", 1000)
    meta.put(db, "word", "x")

    found = sqlite_health(reader)

    assert not found.ok
    assert "write-ahead log" in str(found.problem)


def test_files_set_aside_are_named_but_not_those_a_restore_replaced(reader: Reader, tmp_path: Path) -> None:
    folder = tmp_path / "quarantine"
    folder.mkdir()
    for name in ("ispstatus-1.db", "ispstatus-1.db-wal", "ispstatus-replaced-2.db"):
        (folder / name).touch()

    assert sqlite_health(reader).quarantined == ("ispstatus-1.db",)


# ---------------------------------------------------------------- facts
def test_events_of_a_window_come_oldest_first(reader: Reader, db: Db) -> None:
    for seconds in (5, 1, 9):
        note(db, seconds, EventKind.LATE)

    assert [event.at for event in engine_events(reader, Window(at(1), at(9)))] == [at(1), at(5)]


def test_invented_data_is_known_as_such(reader: Reader, db: Db) -> None:
    assert not is_demo(reader)
    meta.put(db, meta.DEMO, "1")
    assert is_demo(reader)
