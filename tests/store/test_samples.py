from ispstatus.store import samples, series
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, a_run


def test_a_run_replaces_the_one_before(db: Db) -> None:
    samples.put_run(db, NOON_TS, 5, ([0, 1000], [20_000, None]))
    samples.put_run(db, NOON_TS, 5, ([0], [7]))

    assert samples.run_of(db, NOON_TS, 5) == ((0,), (7,))
    assert samples.run_of(db, NOON_TS + 60, 5) is None
    assert (samples.series_at(db, NOON_TS), samples.series_at(db, NOON_TS + 60)) == ({5}, set())


def test_recent_and_kept_runs_come_in_one_order(db: Db) -> None:
    one, two, foreign = (
        series.number_of(db, a_run(agent, target))
        for agent, target in ((1, "192.0.2.1"), (1, "192.0.2.2"), (2, "192.0.2.1"))
    )
    for ts, number in ((60, two), (60, one), (0, one), (120, one), (0, foreign)):
        samples.put_run(db, NOON_TS + ts, number, ([0], [9]))
    db.run("INSERT INTO sample_kept SELECT * FROM sample WHERE ts = ?", (NOON_TS,))
    db.run("DELETE FROM sample WHERE ts = ?", (NOON_TS,))

    found = samples.runs_between(db, 1, NOON_TS, NOON_TS + 120, 9, (0, 0))

    assert found == [(NOON_TS, one, (0,), (9,)), (NOON_TS + 60, one, (0,), (9,)), (NOON_TS + 60, two, (0,), (9,))]
    assert samples.runs_between(db, 1, NOON_TS, NOON_TS + 120, 9, (NOON_TS + 60, one)) == found[2:]
    assert samples.runs_between(db, 1, NOON_TS, NOON_TS + 120, 2, (0, 0)) == found[:2]
