"""Planned work excludes seconds, also when it is entered after the fact; taking it back gives them back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ispstatus.actions.maintenance import set_maintenance
from ispstatus.actions.minutes import put_minutes
from ispstatus.model.settings import Maintenance
from ispstatus.model.state import State
from ispstatus.store import buckets, maintenance, minutes, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS, a_minute, at
from tests.store.kit import HandClock

NOW = at(3600)
WORK = Maintenance("fibre", at(60), at(180), "new fibre", "TCK-1")


@pytest.fixture(autouse=True)
def ten_minutes(db: Db, hands: HandClock) -> None:
    hands.wall_s = NOW.timestamp()
    down = {"state": State.DOWN, "up_s": 30, "down_s": 30}
    put_minutes(db, [a_minute(n, **(down if n == 2 else {})) for n in range(10)])


def excluded(db: Db) -> list[int]:
    """Return the minutes after noon that are excluded."""
    found = minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 600)
    return [(minute.ts - NOON_TS) // 60 for minute in found if minute.excluded_s == 60]


def test_work_entered_after_the_fact_excludes_whole_minutes_and_the_state_stays(db: Db) -> None:
    revision = uplinks.revision(db, 1)

    set_maintenance(db, [WORK], NOW)

    assert excluded(db) == [1, 2]
    (broken,) = minutes.minutes_between(db, 1, NOON_TS + 120, NOON_TS + 180)
    assert (broken.state, broken.down_s) == (State.DOWN, 0)
    (bucket, _) = buckets.buckets_between(db, 1, NOON_TS, NOON_TS + 600)
    assert (bucket.excluded_s, bucket.down_s) == (120, 0)
    assert uplinks.revision(db, 1) > revision


def test_a_minute_covered_in_part_is_not_excluded_after_the_fact(db: Db) -> None:
    set_maintenance(db, [replace(WORK, start_at=at(61), end_at=at(239))], NOW)

    assert excluded(db) == [2]


def test_work_that_is_taken_back_gives_everything_back(db: Db) -> None:
    before = minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 600)

    set_maintenance(db, [WORK], NOW)
    set_maintenance(db, [], NOW)

    assert minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 600) == before
    assert maintenance.stored(db) == {}


def test_work_that_overlaps_what_was_taken_back_stays_excluded(db: Db) -> None:
    other = replace(WORK, start_at=at(120), end_at=at(300))

    set_maintenance(db, [WORK, other], NOW)
    set_maintenance(db, [other], NOW)

    assert excluded(db) == [2, 3, 4]


def test_the_same_again_changes_nothing_and_keeps_since_when_it_is_known(db: Db) -> None:
    set_maintenance(db, [WORK], NOW)
    revision = uplinks.revision(db, 1)

    set_maintenance(db, [replace(WORK, reason="other words")], NOW + timedelta(hours=1))

    assert uplinks.revision(db, 1) == revision
    assert maintenance.stored(db) == {replace(WORK, reason="other words"): int(NOW.timestamp()) * 1_000_000}


def test_work_to_come_excludes_nothing_yet(db: Db) -> None:
    set_maintenance(db, [replace(WORK, start_at=at(7200), end_at=at(9000))], NOW)

    assert excluded(db) == []


def test_work_that_lasts_excludes_up_to_now(db: Db) -> None:
    set_maintenance(db, [replace(WORK, start_at=at(420), end_at=at(9000))], at(510))

    assert excluded(db) == [7]


def test_work_on_an_uplink_nobody_knows_is_kept_for_the_day_it_is_known(db: Db) -> None:
    unknown = replace(WORK, uplink="nobody")

    set_maintenance(db, [unknown], NOON)

    assert list(maintenance.stored(db)) == [unknown]
    assert excluded(db) == []
