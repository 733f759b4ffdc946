from ispstatus.store import health
from ispstatus.store.db import Db
from ispstatus.store.hours import HOUR
from tests.helpers.make import NOON_TS


def test_hours_of_a_window_add_up_by_agent(db: Db) -> None:
    health.put(db, NOON_TS, {1: (60, 59), 2: (60, 0)})
    health.put(db, NOON_TS + HOUR, {1: (30, 30)})
    health.put(db, NOON_TS + 2 * HOUR, {1: (60, 1)})

    assert health.between(db, NOON_TS, NOON_TS + 2 * HOUR) == {1: (90, 89), 2: (60, 0)}
    assert health.between(db, NOON_TS + 1, NOON_TS + HOUR) == {}


def test_an_hour_given_again_replaces_the_one_before(db: Db) -> None:
    health.put(db, NOON_TS, {1: (60, 59)})
    health.put(db, NOON_TS, {1: (60, 58)})

    assert health.between(db, NOON_TS, NOON_TS + 1) == {1: (60, 58)}
