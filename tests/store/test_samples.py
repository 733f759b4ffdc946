from ispstatus.model.record import EchoRun
from ispstatus.store import samples
from ispstatus.store.db import Db
from ispstatus.store.samples import HOUR, Figures
from tests.helpers.make import NOON_TS

FIGURES = Figures(30, 29, 580_000, 19_000, 20_000, 25_000, 28_000, 27)
NONE = Figures(30, 0, 0, None, None, None, 0, 0)


def test_a_series_is_numbered_once(db: Db) -> None:
    first = samples.series_id(db, 1, "192.0.2.1")

    assert samples.series_id(db, 1, "192.0.2.1") == first
    assert samples.series_id(db, 2, "192.0.2.1") != first
    assert samples.targets(db, 1) == {first: "192.0.2.1"}


def test_a_run_replaces_the_one_before(db: Db) -> None:
    samples.put_run(db, NOON_TS, 5, ([0, 1000], [20_000, None]))
    samples.put_run(db, NOON_TS, 5, ([0], [7]))

    assert samples.run_of(db, NOON_TS, 5) == ((0,), (7,))
    assert samples.run_of(db, NOON_TS + 60, 5) is None


def test_recent_and_kept_runs_come_in_one_order(db: Db) -> None:
    one, two = (samples.series_id(db, 1, target) for target in ("192.0.2.1", "192.0.2.2"))
    foreign = samples.series_id(db, 2, "192.0.2.1")
    for ts, series in ((60, two), (60, one), (0, one), (120, one), (0, foreign)):
        samples.put_run(db, NOON_TS + ts, series, ([0], [9]))
    db.run("INSERT INTO sample_kept SELECT * FROM sample WHERE ts = ?", (NOON_TS,))
    db.run("DELETE FROM sample WHERE ts = ?", (NOON_TS,))

    found = samples.runs_between(db, 1, NOON_TS, NOON_TS + 120)

    assert [(ts - NOON_TS, series) for ts, series, _ in found] == [(0, one), (60, one), (60, two)]
    assert found[0][2] == EchoRun(1, "192.0.2.1", NOON_TS, (0,), (9,))
    later = samples.runs_between(db, 1, NOON_TS, NOON_TS + 120, (NOON_TS + 60, one))
    assert [(ts - NOON_TS, series) for ts, series, _ in later] == [(60, two)]


def test_a_page_has_an_end(db: Db) -> None:
    series = samples.series_id(db, 1, "192.0.2.1")
    with db.transaction():
        for minute in range(510):
            samples.put_run(db, NOON_TS + 60 * minute, series, ([0], [9]))

    assert len(samples.runs_between(db, 1, 0, NOON_TS * 2)) == 500


def test_half_minutes_are_found_by_series(db: Db) -> None:
    samples.put_half_minutes(db, [(NOON_TS, 1, FIGURES), (NOON_TS + 30, 1, NONE), (NOON_TS, 2, FIGURES)])

    assert samples.half_minutes(db, NOON_TS, NOON_TS + 60) == {1: [FIGURES, NONE], 2: [FIGURES]}
    assert samples.half_minutes(db, NOON_TS + 30, NOON_TS + 60) == {1: [NONE]}


def test_hours_of_an_uplink_come_oldest_first(db: Db) -> None:
    one, two = (samples.series_id(db, 1, target) for target in ("192.0.2.1", "192.0.2.2"))
    samples.put_hour(db, NOON_TS + HOUR, {one: FIGURES})
    samples.put_hour(db, NOON_TS, {one: NONE, two: FIGURES})

    assert samples.hours(db, 1, NOON_TS, NOON_TS + 2 * HOUR) == [
        (NOON_TS, "192.0.2.1", NONE),
        (NOON_TS, "192.0.2.2", FIGURES),
        (NOON_TS + HOUR, "192.0.2.1", FIGURES),
    ]
    assert samples.hours(db, 2, 0, NOON_TS * 2) == []


def test_an_hour_is_summed_once_it_is_over(db: Db) -> None:
    samples.put_half_minutes(db, [(NOON_TS + 30 * n, 1, FIGURES) for n in range(0, 300, 7)])

    assert samples.unsummed_hours(db, NOON_TS + HOUR - 1) == []
    assert samples.unsummed_hours(db, NOON_TS + 2 * HOUR) == [NOON_TS, NOON_TS + HOUR]
    samples.put_hour(db, NOON_TS, {1: FIGURES})
    assert samples.unsummed_hours(db, NOON_TS + 2 * HOUR) == [NOON_TS + HOUR]
