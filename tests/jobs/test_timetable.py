"""When an uplink's minute cycle is due."""

from typing import Any, cast

import pytest

from ispstatus.clock import Clock
from ispstatus.jobs.timetable import Timetable

BOOT_S = 1000.0
MINUTE_TS = 1_772_366_400.0
"""2026-03-01 12:00:00 UTC."""


class Due:
    """An uplink as the timetable sees it."""

    def __init__(self, due_boot_s: float = 0.0) -> None:
        self.due_boot_s = due_boot_s


class Hands:
    """Both hands of a clock that somebody else moves."""

    def __init__(self, second: float) -> None:
        self.boot_s, self.wall_s = BOOT_S, MINUTE_TS + second

    def wall(self) -> float:
        return self.wall_s

    def boot(self) -> float:
        return self.boot_s


def a_timetable(hands: Hands, *uplinks: Due) -> Timetable:
    return Timetable(cast(Clock, hands), cast(Any, list(uplinks)))


def due(timetable: Timetable) -> list[tuple[Any, float]]:
    return list(timetable.take_due(BOOT_S))


def test_a_new_uplink_is_due_at_once_and_never_late() -> None:
    fresh = Due()

    assert due(a_timetable(Hands(7.0), fresh)) == [(fresh, 0.0)]


def test_uplinks_take_places_spread_over_the_first_ten_seconds_of_the_wall_minute() -> None:
    uplinks = [Due() for _ in range(4)]
    due(a_timetable(Hands(7.0), *uplinks))

    assert [live.due_boot_s - BOOT_S for live in uplinks] == pytest.approx([53.0, 55.5, 58.0, 60.5])


@pytest.mark.parametrize(
    ("second", "ahead_s"),
    [
        pytest.param(29.0, 31.0, id="more than half a minute ahead"),
        pytest.param(31.0, 89.0, id="too near: the minute after"),
        pytest.param(0.0, 60.0, id="now: the next one"),
    ],
)
def test_a_cycle_is_never_followed_by_another_within_half_a_minute(second: float, ahead_s: float) -> None:
    one = Due()
    due(a_timetable(Hands(second), one))

    assert one.due_boot_s - BOOT_S == pytest.approx(ahead_s)


def test_it_says_how_late_it_is_asked_and_leaves_alone_who_is_not_due() -> None:
    late, early = Due(BOOT_S - 7.0), Due(BOOT_S + 1.0)

    assert due(a_timetable(Hands(7.0), late, early)) == [(late, 7.0)]
    assert early.due_boot_s == BOOT_S + 1.0


def test_after_a_step_of_the_wall_clock_the_places_are_in_its_new_minute() -> None:
    one, hands = Due(BOOT_S + 53.0), Hands(7.0)
    timetable = a_timetable(hands, one)

    hands.wall_s += 23.0
    timetable.realign()

    assert one.due_boot_s - BOOT_S == pytest.approx(30.0)


def test_nobody_is_waited_for_longer_than_the_first_due() -> None:
    timetable = a_timetable(Hands(7.0), Due(BOOT_S + 5.0), Due(BOOT_S + 3.0))

    assert timetable.next_boot_s(0.0) == BOOT_S + 3.0
    assert a_timetable(Hands(7.0)).next_boot_s(12.0) == 12.0
