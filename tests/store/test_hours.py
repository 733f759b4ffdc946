from dataclasses import replace

from ispstatus.model.series import Aggregate, Events, HalfMinute, Hour, Protocol
from ispstatus.store import half_minutes, hours, series
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON_TS, a_run

MIDNIGHT_TS = NOON_TS - NOON_TS % DAY
FULL = Hour(
    Aggregate(720, 3, 14_340_000, 19_000, 25_000, 288_000_000_000, 28_000, 710, None, 20_000),
    20_000,
    Events(120, 2, 5, 1, 0, 3),
    700,
    (20_000, None, *[19_000] * 10),
)
BARE = Hour(Aggregate(720, 720))


def test_everything_comes_back_as_it_was(db: Db) -> None:
    one, two = (series.number_of(db, a_run(target=target)) for target in ("192.0.2.1", "192.0.2.2"))
    hours.put_hour(db, NOON_TS + HOUR, {one: FULL})
    hours.put_hour(db, NOON_TS, {one: BARE, two: FULL})

    assert hours.of_protocol(db, 1, Protocol.ICMP, NOON_TS, NOON_TS + 2 * HOUR) == [
        (NOON_TS, "192.0.2.1", BARE),
        (NOON_TS, "192.0.2.2", FULL),
        (NOON_TS + HOUR, "192.0.2.1", FULL),
    ]
    assert hours.of_protocol(db, 1, Protocol.ICMP, NOON_TS, NOON_TS) == []
    assert hours.of_protocol(db, 1, Protocol.TCP, 0, NOON_TS * 2) == []
    assert hours.of_protocol(db, 2, Protocol.ICMP, 0, NOON_TS * 2) == []


def test_an_hour_is_due_once_it_is_over(db: Db) -> None:
    half_minutes.put(db, [(NOON_TS + 30 * n, 1, HalfMinute(Aggregate(1))) for n in range(0, 300, 7)])

    assert hours.newest_ts(db) == -HOUR
    assert hours.unsummed(db, NOON_TS + HOUR - 1) == []
    assert hours.unsummed(db, NOON_TS + 2 * HOUR) == [NOON_TS, NOON_TS + HOUR]
    hours.put_hour(db, NOON_TS, {1: FULL})
    assert hours.newest_ts(db) == NOON_TS
    assert hours.unsummed(db, NOON_TS + 2 * HOUR) == [NOON_TS + HOUR]


def test_a_day_is_what_its_hours_add_up_to(db: Db) -> None:
    hours.put_hour(db, MIDNIGHT_TS - HOUR, {1: FULL})
    for hour in range(24):
        hours.put_hour(db, MIDNIGHT_TS + hour * HOUR, {1: FULL, 2: BARE})
    hours.put_hour(db, MIDNIGHT_TS + DAY, {1: FULL})

    hours.sum_day(db, MIDNIGHT_TS)

    assert db.rows("SELECT * FROM sample_day ORDER BY series_id") == [
        (MIDNIGHT_TS, 1, 24 * 720, 24 * 3, 24 * 14_340_000, 24 * 288_000_000_000, 24 * 120, 24 * 2),
        (MIDNIGHT_TS, 2, 24 * 720, 24 * 720, 0, 0, 0, 0),
    ]


def test_a_day_is_added_up_again_when_an_hour_changes(db: Db) -> None:
    hours.put_hour(db, MIDNIGHT_TS, {1: FULL})
    hours.sum_day(db, MIDNIGHT_TS)
    hours.put_hour(db, MIDNIGHT_TS, {1: replace(FULL, sums=BARE.sums)})
    hours.sum_day(db, MIDNIGHT_TS)

    assert db.rows("SELECT sent, lost FROM sample_day") == [(720, 720)]


def test_means_are_counted_without_unpacking_them(db: Db) -> None:
    means = (255, None, 255 << 8, 255 << 16, (1 << 24) - 1, None, None, 0, 1, None, (1 << 31) - 1, 7)
    hours.put_hour(db, NOON_TS, {1: replace(FULL, means_us=means), 2: BARE})

    ((ts, number, packed),) = hours.packed_means(db, (1, 2), NOON_TS, NOON_TS + HOUR)

    assert (ts, number, hours.means_of(packed)) == (NOON_TS, 1, means)
    for first in range(12):
        for last in range(first, 12):
            known = sum(mean is not None for mean in means[first:last])
            assert hours.answered(packed[4 * first : 4 * last]) == known
