"""Positions come back as they were stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.actions.radio import record_radio
from ispstatus.model.radio import Position, PositionFix
from ispstatus.store import positions
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS
from tests.store.kit import a_database

HERE = Position(45.4961001, -73.5619866, 39.1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    opened = a_database(tmp_path)
    yield opened
    opened.close()


def test_positions_come_back_oldest_first_and_the_newest_by_itself(db: Db) -> None:
    fixes = [PositionFix(1, NOON_TS + second, HERE) for second in (0, 60)]
    flat = PositionFix(2, NOON_TS, Position(0.0, 0.0))
    record_radio(db, (), [*fixes, flat])

    assert positions.between(db, 1, NOON_TS, NOON_TS + 60) == fixes[:1]
    assert positions.newest(db, 1, NOON_TS) == fixes[1]
    assert positions.newest(db, 1, NOON_TS + 61) is None
    assert positions.newest(db, 2, NOON_TS) == flat
