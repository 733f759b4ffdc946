from ispstatus.actions.samples import record_runs
from ispstatus.model.decision import Baseline
from ispstatus.model.record import EchoRun
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.queries.samples import baseline_of, echo_runs
from ispstatus.store import samples
from ispstatus.store.db import Db
from ispstatus.store.samples import HOUR, Figures
from tests.helpers.make import NOON, NOON_TS, at

DAY = 86_400


def an_hour(median_us: int | None, jitter_us: int) -> Figures:
    return Figures(1200, 1190, 0, None, median_us, None, jitter_us * 1000, 1000)


def test_normal_is_the_median_of_seven_days_of_hours(reader: Reader, db: Db) -> None:
    series = samples.series_id(db, 1, "192.0.2.1")
    with db.transaction():
        for hour in range(1, 7 * 24 + 1):
            evening = hour % 24 < 6
            figures = an_hour(200_000 if evening else 20_000, 30_000 if evening else 1_000)
            samples.put_hour(db, NOON_TS - hour * HOUR, {series: figures})
        samples.put_hour(db, NOON_TS - 8 * DAY, {series: an_hour(1, 1)})

    assert baseline_of(reader, 1, NOON) == Baseline(latency_ms=20.0, jitter_ms=1.0)


def test_nothing_is_normal_before_the_first_hour_is_over(reader: Reader, db: Db) -> None:
    assert baseline_of(reader, 1, NOON) == Baseline(None, None)
    series = samples.series_id(db, 1, "192.0.2.1")
    samples.put_hour(db, NOON_TS - HOUR, {series: Figures(60, 0, 0, None, None, None, 0, 0)})

    assert baseline_of(reader, 1, NOON) == Baseline(None, None)


def test_echoes_come_oldest_first_in_pages(reader: Reader, db: Db) -> None:
    runs = [EchoRun(1, f"192.0.2.{n % 3}", NOON_TS + n // 3 * 60, (0,), (n,)) for n in range(600)]
    with db.transaction():
        record_runs(db, runs)

    found = list(echo_runs(reader, 1, Window(NOON, at(DAY))))

    assert found == runs
    assert list(echo_runs(reader, 1, Window(NOON, at(60)))) == runs[:3]
    assert list(echo_runs(reader, 2, Window(NOON, at(DAY)))) == []
