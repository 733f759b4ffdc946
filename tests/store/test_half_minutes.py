from ispstatus.model.series import Aggregate, HalfMinute
from ispstatus.store import half_minutes
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS
from tests.store.kit import halves_between

SOME = HalfMinute(
    Aggregate(30, 1, 580_001, 19_000, 25_000, 12_000_000_000, 28_000, 27, 20_000, None), 20_000, is_flagged=True
)
NONE = HalfMinute(Aggregate(30, 30))


def test_everything_comes_back_as_it_was(db: Db) -> None:
    half_minutes.put(db, [(NOON_TS, 1, SOME), (NOON_TS + 30, 1, NONE), (NOON_TS, 2, SOME)])

    assert halves_between(db, NOON_TS, NOON_TS + 60) == {
        1: [(NOON_TS, SOME), (NOON_TS + 30, NONE)],
        2: [(NOON_TS, SOME)],
    }
    assert halves_between(db, NOON_TS + 30, NOON_TS + 60) == {1: [(NOON_TS + 30, NONE)]}


def test_a_half_minute_given_again_replaces_the_one_before(db: Db) -> None:
    half_minutes.put(db, [(NOON_TS, 1, SOME)])
    half_minutes.put(db, [(NOON_TS, 1, NONE)])

    assert halves_between(db, NOON_TS, NOON_TS + 30) == {1: [(NOON_TS, NONE)]}


def test_some_series_are_found_among_many(db: Db) -> None:
    half_minutes.put(db, [(NOON_TS + 30 * place, number, SOME) for place in range(6) for number in (1, 2, 3)])

    found = half_minutes.of_series(db, (3, 1), NOON_TS + 30, NOON_TS + 120)

    moments = [NOON_TS + 30, NOON_TS + 60, NOON_TS + 90]
    assert found == {1: [(ts, SOME) for ts in moments], 3: [(ts, SOME) for ts in moments]}
    assert half_minutes.of_series(db, (3, 1), NOON_TS, NOON_TS) == {}
    assert half_minutes.of_series(db, (), NOON_TS, NOON_TS + 60) == {}


def test_means_are_those_of_the_answers_in_whole_microseconds(db: Db) -> None:
    two = HalfMinute(Aggregate(4, 2, 7))
    half_minutes.put(db, [(NOON_TS, 1, SOME), (NOON_TS, 2, two), (NOON_TS + 30, 1, NONE), (NOON_TS + 60, 1, two)])

    assert half_minutes.means(db, NOON_TS) == [(1, NOON_TS, 20_000), (2, NOON_TS, 4), (1, NOON_TS + 60, 4)]
    assert half_minutes.means_of(db, 1, NOON_TS + 30) == [(NOON_TS + 60, 4)]
