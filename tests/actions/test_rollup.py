"""Buckets and closed days: always recomputed, and what was served is counted as changed."""

import pytest

from ispstatus.actions.minutes import put_minutes
from ispstatus.actions.rollup import close_days, rebuild_buckets
from ispstatus.model.state import State
from ispstatus.store import buckets, chunks, minutes, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, a_minute
from tests.store.kit import HandClock, a_database

TODAY = NOON_TS // chunks.DAY
MIDNIGHT = TODAY * chunks.DAY


def found(db: Db) -> dict[int, int]:
    """Return the minutes up in each stored bucket, by minutes after noon."""
    return {(b.ts - NOON_TS) // 60: b.up for b in buckets.buckets_between(db, 1, 0, NOON_TS * 2)}


def test_a_bucket_is_made_with_its_last_minute(db: Db, hands: HandClock) -> None:
    for number in range(5):
        hands.wall_s = NOON_TS + 60.0 * number + 64
        put_minutes(db, [a_minute(number)])
        assert found(db) == ({0: 5} if number == 4 else {})

    assert uplinks.revision(db, 1) == 0, "it was not served before"


def test_a_bucket_whose_last_minute_never_came_is_made_by_the_next_one(db: Db, hands: HandClock) -> None:
    put_minutes(db, [a_minute(n) for n in (0, 1)])
    hands.wall_s = NOON_TS + 600.0

    put_minutes(db, [a_minute(9)])

    assert found(db) == {0: 2, 5: 1}


def test_a_bucket_that_was_served_counts_every_later_change(db: Db, hands: HandClock) -> None:
    hands.wall_s = NOON_TS + 1000.0
    put_minutes(db, [a_minute(0)])
    first = uplinks.revision(db, 1)

    put_minutes(db, [a_minute(1)])

    assert (found(db), uplinks.revision(db, 1)) == ({0: 2}, first + 1)


def test_what_is_committed_just_before_a_bucket_is_served_counts_too(db: Db, hands: HandClock) -> None:
    hands.wall_s = NOON_TS + 300 + 15 - 4.0
    put_minutes(db, [a_minute(0)])

    assert uplinks.revision(db, 1) == 1


def test_a_bucket_without_a_minute_left_goes(db: Db, hands: HandClock) -> None:
    hands.wall_s = NOON_TS + 1000.0
    put_minutes(db, [a_minute(0)])
    db.run("DELETE FROM minute")

    rebuild_buckets(db, [(1, NOON_TS)])

    assert found(db) == {}


def test_closed_days_are_made_once_a_few_at_a_time(db: Db, hands: HandClock) -> None:
    for day in range(4):
        put_minutes(db, [a_minute(ts=MIDNIGHT - 86_400 * day)])
    hands.wall_s = MIDNIGHT + 86_400 + 15

    assert [close_days(db, 3), close_days(db, 3), close_days(db, 3)] == [3, 1, 0]
    assert chunks.days(db, 1, 0) == {TODAY - day for day in range(4)}


def test_today_is_not_closed(db: Db, hands: HandClock) -> None:
    put_minutes(db, [a_minute(ts=MIDNIGHT)])
    hands.wall_s = MIDNIGHT + 86_400 + 14

    assert close_days(db) == 0


def test_days_without_anything_are_not_made_and_old_ones_are_forgotten(db: Db, hands: HandClock) -> None:
    put_minutes(db, [a_minute(ts=MIDNIGHT)])
    hands.wall_s = MIDNIGHT + 86_400 * 2.0
    assert close_days(db) == 1

    hands.wall_s = MIDNIGHT + 86_400.0 * chunks.KEEP_DAYS + 15
    close_days(db)
    assert chunks.days(db, 1, 0) == {TODAY}
    hands.wall_s += 86_400
    close_days(db)
    assert chunks.days(db, 1, 0) == set()


def test_a_day_something_changed_in_is_made_again(db: Db, hands: HandClock) -> None:
    put_minutes(db, [a_minute(ts=MIDNIGHT)])
    hands.wall_s = MIDNIGHT + 86_400 * 2.0
    close_days(db)

    put_minutes(db, [a_minute(ts=MIDNIGHT, state=State.DOWN, up_s=0, down_s=60)])

    assert chunks.days(db, 1, 0) == set()
    assert close_days(db) == 1
    assert chunks.totals_between(db, 1, TODAY, TODAY + 1)[TODAY].down_s == 60


def test_what_a_kill_left_without_a_bucket_is_made_before_the_day_is_closed(db: Db, hands: HandClock) -> None:
    minutes.put_minutes(db, [a_minute(0)])
    hands.wall_s = MIDNIGHT + 86_400 * 2.0

    close_days(db)

    assert found(db) == {0: 1}
    assert chunks.totals_between(db, 1, TODAY, TODAY + 1)[TODAY].up == 1


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 2, 0, 1, 3)])
def test_the_order_of_minutes_makes_no_difference(db: Db, hands: HandClock, order: tuple[int, ...]) -> None:
    for number in order:
        put_minutes(db, [a_minute(number)])
    hands.wall_s = NOON_TS + 1000.0
    close_days(db)

    assert found(db) == {0: 5}


def test_each_uplink_has_its_own(tmp_path_factory: pytest.TempPathFactory, hands: HandClock) -> None:
    db = a_database(tmp_path_factory.mktemp("two"), hands, uplinks=2)
    hands.wall_s = NOON_TS + 1000.0
    put_minutes(db, [a_minute(0), a_minute(0, uplink_id=2)])
    before = [uplinks.revision(db, number) for number in (1, 2)]

    put_minutes(db, [a_minute(1, uplink_id=2)])

    assert [uplinks.revision(db, number) for number in (1, 2)] == [before[0], before[1] + 1]
    db.close()
