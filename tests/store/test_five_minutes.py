from ispstatus.model.series import Aggregate, HalfMinute, Hour
from ispstatus.store import five_minutes, half_minutes, hours
from ispstatus.store.db import Db
from ispstatus.store.hours import HOUR
from tests.helpers.make import NOON_TS

HOURLY = tuple(range(100, 112))


def test_means_come_from_hours_and_from_the_half_minutes_after_them(db: Db) -> None:
    hours.put_hour(db, NOON_TS, {1: Hour(Aggregate(1), means_us=HOURLY)})
    halves = [(NOON_TS + HOUR + 330, 2, 41), (NOON_TS + HOUR + 300, 1, 10), (NOON_TS + HOUR + 570, 1, 21)]
    half_minutes.put(db, [(ts, number, HalfMinute(Aggregate(1, 0, us))) for ts, number, us in halves])

    found = five_minutes.within(db, (1, 2, 3), [(NOON_TS + 3000, NOON_TS + HOUR + 900)])

    ones = {NOON_TS + 3000: 110, NOON_TS + 3300: 111, NOON_TS + HOUR + 300: 16}
    assert {number: means.unpack() for number, means in found.items()} == {
        1: ones,
        2: {NOON_TS + HOUR + 300: 41},
        3: {},
    }
    assert {number: means.answered for number, means in found.items()} == {1: 3, 2: 1, 3: 0}


def test_what_lies_between_two_stretches_is_left_out(db: Db) -> None:
    hours.put_hour(db, NOON_TS, {1: Hour(Aggregate(1), means_us=HOURLY)})

    found = five_minutes.within(db, (1,), [(NOON_TS + 300, NOON_TS + 600), (NOON_TS + 900, NOON_TS + 900)])
    both = five_minutes.within(db, (1,), [(NOON_TS, NOON_TS + 300), (NOON_TS + 3300, NOON_TS + HOUR)])

    assert found[1].unpack() == {NOON_TS + 300: 101}
    assert both[1].unpack() == {NOON_TS: 100, NOON_TS + 3300: 111}


def test_five_minutes_without_an_answer_and_hours_nobody_kept_them_of_have_no_mean(db: Db) -> None:
    hours.put_hour(db, NOON_TS, {1: Hour(Aggregate(1), means_us=(None, *HOURLY[1:])), 2: Hour(Aggregate(1))})

    found = five_minutes.within(db, (1, 2), [(NOON_TS, NOON_TS + 600)])

    assert (found[1].unpack(), found[1].answered) == ({NOON_TS + 300: 101}, 1)
    assert (found[2].unpack(), found[2].answered) == ({}, 0)
