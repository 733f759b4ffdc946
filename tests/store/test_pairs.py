from ispstatus.store import pairs
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY

FIRST, SECOND = 20_000 * DAY, 20_001 * DAY
SUMS = {(1, 1): (9, 90, 90, 900, 900, 900), (5, 5): (8, 80, 80, 800, 800, 800), (1, 5): (8, 80, 70, 600, 500, 400)}


def test_days_add_up(db: Db) -> None:
    pairs.put_day(db, FIRST, SUMS)
    pairs.put_day(db, SECOND, {(1, 5): (1, 2, 3, 4, 5, 6), (1, 7): (1, 1, 1, 1, 1, 1)})

    assert pairs.added(db, (1, 5), (FIRST, SECOND)) == {(1, 5): (9, 82, 73, 604, 505, 406)}
    assert pairs.added(db, (1, 5), (SECOND,)) == {(1, 5): (1, 2, 3, 4, 5, 6)}
    assert pairs.added(db, (1, 9), (FIRST, SECOND)) == {}
    assert pairs.added(db, (1, 5), ()) == {}


def test_what_a_series_came_to_alone_is_told_by_day(db: Db) -> None:
    pairs.put_day(db, FIRST, SUMS)
    pairs.put_day(db, SECOND, {(5, 5): (1, 2, 2, 4, 4, 4)})

    assert pairs.alone(db, (1, 5, 9), FIRST, SECOND + DAY) == {FIRST: {1: (9, 90), 5: (8, 80)}, SECOND: {5: (1, 2)}}
    assert pairs.alone(db, (5,), FIRST, SECOND) == {FIRST: {5: (8, 80)}}


def test_those_that_were_paired_are_known_by_day(db: Db) -> None:
    one = (1, 1, 1, 1, 1, 1)
    pairs.put_day(db, FIRST, dict.fromkeys(((1, 1), (1, 5), (1, 7), (5, 7), (9, 9)), one))
    pairs.put_day(db, SECOND, {(3, 3): one})

    assert pairs.paired(db, (FIRST, SECOND)) == {FIRST: {1, 5, 7}}
    assert pairs.paired(db, (SECOND,)) == {}


def test_a_day_given_again_leaves_nothing_of_the_old_one(db: Db) -> None:
    pairs.put_day(db, FIRST, SUMS)
    pairs.put_day(db, FIRST, {(1, 7): (1, 1, 1, 1, 1, 1)})

    assert pairs.alone(db, (1, 5), FIRST, SECOND) == {}
    assert pairs.paired(db, (FIRST,)) == {FIRST: {1, 7}}


def test_sums_of_squares_may_be_as_large_as_a_quarter_of_a_year_of_three_seconds(db: Db) -> None:
    squares = 288 * 3_000_000**2
    days = [FIRST + place * DAY for place in range(92)]
    for ts in days:
        pairs.put_day(db, ts, {(1, 2): (288, 1, 1, squares, squares, squares)})

    assert pairs.added(db, (1, 2), days)[1, 2][-1] == 92 * squares
