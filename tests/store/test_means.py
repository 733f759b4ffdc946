import pytest

from ispstatus.model.series import Aggregate, HalfMinute, Hour
from ispstatus.store import half_minutes, hours
from ispstatus.store.db import Db
from ispstatus.store.means import side_by_side
from tests.helpers.make import NOON_TS


@pytest.fixture
def three(db: Db) -> Db:
    """Series 1 and 2 in two half minutes, the second lost in the later one; series 3 lost all the time."""
    lost, half = Aggregate(3, 3), HalfMinute(Aggregate(4, 1, 32))
    rows = [(30, 1, half), (30, 2, HalfMinute(Aggregate(2, 0, 31))), (60, 1, half), (60, 2, HalfMinute(lost))]
    half_minutes.put(db, [(NOON_TS + ago, number, one) for ago, number, one in rows])
    half_minutes.put(db, [(NOON_TS + ago, 3, HalfMinute(lost)) for ago in (0, 30, 60)])
    hours.put_hour(db, NOON_TS, {1: Hour(Aggregate(4, 1, 32))})
    return db


def test_means_stand_side_by_side_in_the_order_asked_for_rounded_half_up(three: Db) -> None:
    found = side_by_side(three, 30, (2, 3, 1), NOON_TS, NOON_TS + 90)

    assert found == [(NOON_TS + 30, 16, None, 11), (NOON_TS + 60, None, None, 11)]


def test_a_step_that_began_before_the_window_is_not_in_it(three: Db) -> None:
    assert side_by_side(three, 30, (1,), NOON_TS + 31, NOON_TS + 61) == [(NOON_TS + 60, 11)]
    assert side_by_side(three, 30, (1,), NOON_TS + 31, NOON_TS + 60) == []


def test_hours_are_read_likewise_and_a_series_that_is_not_there_has_no_mean(three: Db) -> None:
    assert side_by_side(three, 3600, (1, 0), NOON_TS, NOON_TS + 3600) == [(NOON_TS, 11, None)]
