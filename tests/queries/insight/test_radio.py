from datetime import timedelta

import pytest

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.radio import record_radio
from ispstatus.actions.samples import record_runs
from ispstatus.model.radio import Position, PositionFix, Radio, RadioReading
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight.radio import Place, newest_fix, newest_reading, places, readings
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS, a_run, at

READINGS = [RadioReading(1, NOON_TS + second, Radio("Bell", "5G", rsrp_dbm=-90.0 - second)) for second in (0, 10, 20)]
FIXES = [PositionFix(1, NOON_TS + second, Position(45.0 + second, -73.0)) for second in (5, 65, 185)]


@pytest.fixture(autouse=True)
def _on_the_road(db: Db) -> None:
    """A drive of four minutes: tcp and https each minute, except in the last one."""
    record_radio(db, READINGS, FIXES)
    for minute in range(3):
        for protocol, rtt_us in ((Protocol.TCP, 10_000), (Protocol.HTTPS, 30_000), (Protocol.ICMP, 1_000)):
            record_runs(db, [a_run(minute=minute, protocol=protocol, rtts_us=(rtt_us, None))], Pasts())


def test_a_reading_stands_for_ten_seconds_or_as_long_as_asked(reader: Reader) -> None:
    assert newest_reading(reader, 1, at(30)) == READINGS[2]
    assert newest_reading(reader, 1, at(31)) is None
    assert newest_reading(reader, 1, at(31), within_s=60) == READINGS[2]


def test_readings_of_a_window_come_oldest_first(reader: Reader) -> None:
    assert readings(reader, 1, Window(NOON, at(20))) == READINGS[:2]


def test_a_position_stands_for_a_minute(reader: Reader) -> None:
    assert newest_fix(reader, 1, at(245)) == FIXES[2]
    assert newest_fix(reader, 1, at(246)) is None


def test_each_place_has_the_application_latency_of_its_minute(reader: Reader) -> None:
    found = places(reader, 1, Window(NOON, at(300)), at(300))

    assert found == [Place(FIXES[0], 20.0), Place(FIXES[1], 20.0), Place(FIXES[2], None)]
    assert places(reader, 2, Window(NOON, at(300)), at(300)) == []


def test_longer_ago_it_is_the_latency_of_the_hour(reader: Reader, db: Db) -> None:
    record_runs(db, [a_run(minute=60)], Pasts())

    found = places(reader, 1, Window(NOON, at(3600)), NOON + timedelta(days=9))

    assert [place.application_latency_ms for place in found] == [20.0, 20.0, 20.0]
