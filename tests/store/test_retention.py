import json

import pytest

from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.store import events, minutes, outages, retention, samples, series
from ispstatus.store.db import Db
from ispstatus.store.retention import DAY, KEPT, Kept
from tests.helpers.make import NOON, NOON_TS, a_minute, a_run, an_outage, at
from tests.store.kit import put_run

BY_TABLE = {kept.table: kept for kept in KEPT}


def test_how_long_each_thing_is_kept() -> None:
    assert {table: kept.seconds // DAY for table, kept in BY_TABLE.items()} == {
        "minute": 400,
        "minute_before": 400,
        "sample": 2,
        "sample_30s": 8,
        "sample_hour": 400,
        "sample_day": 400,
        "pair_day": 92,
        "health_hour": 400,
        "throughput": 400,
        "radio": 90,
        "position": 90,
        "engine_event": 400,
        "quarantine": 400,
    }


@pytest.mark.parametrize("table", ["bucket", "transition", "outage", "sample_kept", "day_chunk"])
def test_what_is_kept_for_ever_is_in_no_plan(table: str) -> None:
    assert table not in BY_TABLE


def test_rows_are_forgotten_by_their_own_unit_of_time(db: Db) -> None:
    for seconds in (0, 60, 120):
        events.add(db, EngineEvent(at(seconds), EventKind.LATE, ""))
    minutes.put_minutes(db, [a_minute(n) for n in range(3)])

    assert retention.oldest_ts(db, BY_TABLE["engine_event"]) == NOON_TS
    assert retention.oldest_ts(db, BY_TABLE["sample"]) is None
    assert retention.forget(db, BY_TABLE["engine_event"], NOON_TS, NOON_TS + 120) == 2
    assert retention.forget(db, BY_TABLE["minute"], NOON_TS, NOON_TS + 60) == 1
    assert retention.oldest_ts(db, BY_TABLE["minute"]) == NOON_TS + 60


@pytest.mark.parametrize(
    ("minute", "is_kept"),
    [(7, False), (8, True), (10, True), (12, True), (13, False)],
    ids=["three before", "two before", "during", "two after", "three after"],
)
def test_samples_from_two_minutes_before_to_two_after_an_outage_stay(db: Db, minute: int, *, is_kept: bool) -> None:
    outages.add(db, an_outage(10 * 60, 50))
    number = series.number_of(db, a_run())
    ts = NOON_TS + 60 * minute
    put_run(db, ts, number, ([0], [9]))

    retention.forget(db, BY_TABLE["sample"], ts, ts + 60)

    assert samples.run_of(db, ts, number) is None
    assert db.value("SELECT count(*) FROM sample_kept") == is_kept


def test_samples_of_an_outage_that_lasts_stay_and_those_of_another_uplink_go(db: Db) -> None:
    outages.add(db, an_outage(0, None))
    mine, other = (series.number_of(db, a_run(uplink)) for uplink in (1, 2))
    for number in (mine, other):
        put_run(db, NOON_TS + 6000, number, ([0], [9]))

    retention.forget(db, BY_TABLE["sample"], NOON_TS, NOON_TS + DAY)

    assert db.rows("SELECT series_id FROM sample_kept") == [(mine,)]


def test_the_future_is_set_aside_row_by_row_and_can_be_read_there(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(0), a_minute(10)])
    number = series.number_of(db, a_run())
    put_run(db, NOON_TS + 600, number, ([0], [9]))
    outages.add(db, an_outage(-60, 30))
    outages.add(db, an_outage(700, 30))
    events.add(db, EngineEvent(NOON, EventKind.START, "now"))

    moved = retention.set_future_aside(db, NOON_TS + 300)

    assert moved == {"minute": 1, "sample": 1, "outage": 1}
    assert minutes.reach(db) == (NOON_TS, NOON_TS)
    assert outages.count(db, 1, 0, 1 << 61) == 1
    rows = {table: json.loads(row) for table, row in db.rows("SELECT table_name, row FROM quarantine")}
    assert rows["minute"]["ts"] == NOON_TS + 600
    assert bytes.fromhex(rows["sample"]["run"]) == b"\x00\x0a"
    assert db.value("SELECT DISTINCT moved_ts FROM quarantine") == NOON_TS + 300


def test_what_begins_this_second_is_not_the_future(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(0)])
    events.add(db, EngineEvent(at(0.9), EventKind.START, ""))

    assert retention.set_future_aside(db, NOON_TS) == {}


def test_an_age_is_counted_in_the_tables_own_key() -> None:
    assert BY_TABLE["engine_event"] == Kept("engine_event", 400 * DAY, "at_us", 1_000_000)
