"""Readings of modems come back as they were stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.actions.radio import record_radio
from ispstatus.model.radio import Radio, RadioReading
from ispstatus.store import radio
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS
from tests.store.kit import a_database

LTE = Radio("TELUS", "4G LTE", "22938", "908", 15.5, -70, -101, -13, None)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    opened = a_database(tmp_path)
    yield opened
    opened.close()


def test_readings_come_back_oldest_first_and_the_newest_by_itself(db: Db) -> None:
    readings = [RadioReading(1, NOON_TS + second, LTE) for second in (0, 10, 20)]
    record_radio(db, [*readings, RadioReading(2, NOON_TS + 30, Radio())], ())

    assert radio.between(db, 1, NOON_TS, NOON_TS + 20) == readings[:2]
    assert radio.newest(db, 1, NOON_TS) == readings[2]
    assert radio.newest(db, 1, NOON_TS + 21) is None
    assert radio.newest(db, 2, NOON_TS) == RadioReading(2, NOON_TS + 30, Radio())


def test_the_same_second_again_replaces_what_was_stored(db: Db) -> None:
    for kind in ("4G LTE", "5G"):
        record_radio(db, [RadioReading(1, NOON_TS, Radio(network_type=kind))], ())

    assert radio.between(db, 1, NOON_TS, NOON_TS + 1) == [RadioReading(1, NOON_TS, Radio(network_type="5G"))]
