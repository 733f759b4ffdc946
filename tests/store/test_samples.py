from ispstatus.store import samples
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS
from tests.store.kit import put_run


def test_a_run_replaces_the_one_before(db: Db) -> None:
    put_run(db, NOON_TS, 5, ([0, 1000], [20_000, None]))
    put_run(db, NOON_TS, 5, ([0], [7]))

    assert samples.run_of(db, NOON_TS, 5) == ((0,), (7,))
    assert samples.run_of(db, NOON_TS + 60, 5) is None
    assert (samples.series_at(db, NOON_TS), samples.series_at(db, NOON_TS + 60)) == ({5}, set())


def test_runs_of_some_series_are_found_among_many(db: Db) -> None:
    for minute in range(5):
        for number in (3, 1, 2):
            put_run(db, NOON_TS + 60 * minute, number, ([0, 9], [minute, None]))

    assert samples.runs_between(db, (3, 1), NOON_TS + 60, NOON_TS + 121) == [
        (NOON_TS + 60 * minute, number, (0, 9), (minute, None)) for minute in (1, 2) for number in (1, 3)
    ]
    assert samples.runs_between(db, (), NOON_TS, NOON_TS + 600) == []
    assert samples.runs_between(db, (1,), NOON_TS, NOON_TS) == []


def test_the_newest_minute_is_that_of_the_series_asked_for(db: Db) -> None:
    put_run(db, NOON_TS, 1, ([0], [1]))
    put_run(db, NOON_TS + 60, 2, ([0], [1]))

    assert samples.newest_ts(db, (1,), NOON_TS) == NOON_TS
    assert samples.newest_ts(db, (1,), NOON_TS + 1) is None
    assert samples.newest_ts(db, (1, 2), NOON_TS) == NOON_TS + 60
