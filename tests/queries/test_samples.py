from ispstatus.model.decision import Baseline
from ispstatus.model.series import Aggregate, Hour, Protocol
from ispstatus.queries.reader import Reader
from ispstatus.queries.samples import baseline_of
from ispstatus.store import hours, series
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON, NOON_TS, a_run


def an_hour(median_us: int | None, jitter_us: int) -> Hour:
    return Hour(Aggregate(1200, 10, steps_us=jitter_us * 1000, steps=1000), median_us)


def test_normal_is_the_median_of_seven_days_of_hours(reader: Reader, db: Db) -> None:
    number = series.number_of(db, a_run())
    with db.transaction():
        for hour in range(1, 7 * 24 + 1):
            evening = hour % 24 < 6
            figures = an_hour(200_000 if evening else 20_000, 30_000 if evening else 1_000)
            hours.put_hour(db, NOON_TS - hour * HOUR, {number: figures})
        hours.put_hour(db, NOON_TS - 8 * DAY, {number: an_hour(1, 1)})

    assert baseline_of(reader, 1, NOON) == Baseline(latency_ms=20.0, jitter_ms=1.0)


def test_only_the_streams_echoes_tell_what_is_normal(reader: Reader, db: Db) -> None:
    reflector = series.number_of(db, a_run(is_own=True, target="198.51.100.9"))
    web = series.number_of(db, a_run(protocol=Protocol.HTTPS))
    hours.put_hour(db, NOON_TS - HOUR, {reflector: an_hour(20_000, 1), web: an_hour(90_000, 1)})

    assert baseline_of(reader, 1, NOON) == Baseline(None, None)


def test_nothing_is_normal_before_the_first_hour_is_over(reader: Reader, db: Db) -> None:
    assert baseline_of(reader, 1, NOON) == Baseline(None, None)
    hours.put_hour(db, NOON_TS - HOUR, {series.number_of(db, a_run()): Hour(Aggregate(60, 60))})

    assert baseline_of(reader, 1, NOON) == Baseline(None, None)
