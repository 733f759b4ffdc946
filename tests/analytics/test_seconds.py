"""The Timeline: what verdicts, outages and standstills make of every second. Times are seconds after 12:00:00."""

import pytest

from ispstatus.analytics.seconds import Seconds
from ispstatus.model.state import Fault
from tests.analytics.story import DEGRADED, DOWN, UNKNOWN, UP, Story
from tests.helpers.make import NOON_TS


# -------------------------------------------------------------------- verdicts
def test_a_verdict_covers_its_seconds_from_its_first_evidence() -> None:
    story = Story()
    story.judge(UP, 10.9)

    assert story.take(60) == {0: "UP up=50 unknown=10"}


def test_a_verdict_covers_until_the_next_one() -> None:
    story = Story()
    story.judge(UP, 0)
    story.judge(DEGRADED, 20.4)

    assert story.take(60) == {0: "DEGRADED up=20 degraded=40"}


def test_a_verdict_covers_seventy_seconds_at_most() -> None:
    story = Story()
    story.judge(UP, 0)

    assert story.take(240) == {0: "UP up=60", 1: "UP up=10 unknown=50"}


def test_verdicts_a_minute_apart_leave_no_second_out() -> None:
    story = Story()
    for number, wobble in enumerate((0.0, 3.2, 0.1, 9.9, 0.0)):
        story.judge(UP, 60 * number + wobble)

    assert story.take(300) == dict.fromkeys(range(5), "UP up=60")


def test_an_unknown_verdict_is_unknown_and_is_told() -> None:
    story = Story()
    story.judge(UNKNOWN, 0)

    assert story.take(60) == {0: "UNKNOWN unknown=60"}


def test_unknown_does_not_hide_what_the_rest_of_the_minute_was() -> None:
    story = Story()
    story.judge(UP, 0)
    story.judge(UNKNOWN, 30)

    assert story.take(60) == {0: "UP up=30 unknown=30"}


def test_a_minute_no_verdict_speaks_for_stays_a_gap() -> None:
    story = Story()
    assert story.take(120) == {}

    story.judge(UP, 180)
    assert story.take(240) == {3: "UP up=60"}
    assert story.minute(1, 240) == "gap"


def test_the_minute_in_hand_counts_what_is_over_as_judged_and_the_rest_as_unknown() -> None:
    story = Story()
    story.judge(UP, 0)

    assert story.take(12.9) == {0: "UP up=12 unknown=48"}
    assert story.take(13) == {0: "UP up=13 unknown=47"}


def test_the_minute_in_hand_may_be_left_out() -> None:
    story = Story()
    story.minutes_up(2)

    assert story.take(90, with_running=False) == {0: "UP up=60"}
    assert story.take(120, with_running=False) == {1: "UP up=60"}


def test_minutes_are_told_again_only_when_they_changed() -> None:
    story = Story()
    story.minutes_up(2)
    assert list(story.take(119)) == [0, 1]
    assert story.take(119) == {}
    assert list(story.take(120)) == [1]
    assert story.take(125) == {2: "UP up=5 unknown=55"}


def test_a_minute_is_told_once_more_when_its_counters_came_in() -> None:
    story = Story()
    story.minutes_up(2)
    story.take(120)
    story.line.retell(NOON_TS)

    assert story.take(120) == {0: "UP up=60"}
    assert story.take(120) == {}


def test_a_stalled_minute_told_before_is_not_lost_by_telling_it_again() -> None:
    story = Story()
    story.minutes_up(1)
    story.take(60)
    story.line.stall(NOON_TS, NOON_TS + 60)
    story.line.retell(NOON_TS)

    assert story.take(60) == {0: "UNKNOWN unknown=60"}


def test_a_minute_nobody_judged_cannot_be_told_again() -> None:
    story = Story()
    story.line.retell(NOON_TS)

    assert story.take(60) == {}


def test_a_verdict_that_says_the_same_changes_nothing_told() -> None:
    story = Story()
    story.minutes_up(2)
    story.take(100)
    story.judge(UP, 61)

    assert story.take(100) == {}


def test_a_verdict_never_reaches_behind_the_evidence_of_the_one_before() -> None:
    story = Story()
    story.judge(DEGRADED, 30)
    story.judge(UP, 10)

    assert story.take(60) == {0: "UP up=30 unknown=30"}


# -------------------------------------------------------------------- outages
def test_down_begins_with_the_first_lost_echo_and_reclasses_what_was_up() -> None:
    story = Story()
    story.minutes_up(2)
    story.take(100)
    story.judge(DOWN, 100, since=50.7)

    assert story.take(110) == {0: "DOWN up=50 down=10", 1: "DOWN down=50 unknown=10"}


def test_recovery_begins_with_the_first_answered_echo() -> None:
    story = Story()
    story.judge(UP, 0)
    story.judge(DOWN, 14, since=10.2)
    story.judge(UP, 33, since=30.6)

    assert story.take(60) == {0: "DOWN up=40 down=20"}


def test_a_silence_that_was_over_before_any_verdict_is_down_all_the_same() -> None:
    story = Story()
    story.judge(UP, 0)
    story.take(60)
    story.line.blip(Fault.PROVIDER, NOON_TS + 20.5, NOON_TS + 24.5)

    assert story.take(60) == {0: "DOWN up=56 down=4"}
    assert story.line.seconds_of(NOON_TS, NOON_TS + 60).down_fault is Fault.PROVIDER  # type: ignore[union-attr]


def test_seconds_an_unknown_verdict_spoke_for_stay_unknown() -> None:
    story = Story()
    story.judge(UP, 0)
    story.judge(UNKNOWN, 20)
    story.judge(DOWN, 40, since=10)

    assert story.take(60) == {0: "DOWN up=10 down=30 unknown=20"}


def test_an_outage_reclasses_a_quarter_of_an_hour_and_no_more() -> None:
    story = Story()
    story.minutes_up(40)
    story.take(2400)
    story.judge(DOWN, 2405, since=0)

    told = story.take(2410)

    assert min(told) == 24
    assert told[25] == "DOWN down=60"
    assert max(told) == 40


def test_the_first_verdict_after_start_reclasses_nothing_before_it() -> None:
    story = Story(started=70.5)
    story.judge(DOWN, 75, since=10)

    assert story.take(120) == {1: "DOWN down=50 unknown=10"}


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ([(Fault.ACCESS, 30), (Fault.PROVIDER, 20)], Fault.ACCESS),
        ([(Fault.ACCESS, 10), (Fault.PROVIDER, 20)], Fault.PROVIDER),
        ([(Fault.ACCESS, 15), (Fault.PROVIDER, 15)], Fault.PROVIDER),
    ],
)
def test_a_minutes_fault_is_that_of_most_of_its_down_seconds(faults: list[tuple[Fault, int]], told: Fault) -> None:
    story = Story()
    start = 0
    for fault, length in faults:
        story.judge(DOWN, start, fault=fault)
        start += length
    story.judge(UP, start)

    assert story.line.take(NOON_TS + 60)[0].down_fault is told


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_is_told(fault: Fault) -> None:
    story = Story()
    story.judge(DOWN, 0, fault=fault)

    assert story.line.take(NOON_TS + 60) == (Seconds(NOON_TS, DOWN, down_s=60, unknown_s=0, down_fault=fault),)


def test_a_minute_without_down_has_no_fault() -> None:
    story = Story()
    story.judge(DEGRADED, 0, fault=Fault.DNS)

    assert story.line.take(NOON_TS + 60)[0].down_fault is Fault.NONE


# -------------------------------------------------------------------- standstills
def test_every_second_a_standstill_touched_is_unknown() -> None:
    story = Story()
    story.judge(UP, 0)
    story.line.stall(NOON_TS + 10.4, NOON_TS + 12.1)

    assert story.take(60) == {0: "UP up=57 unknown=3"}


def test_a_standstill_is_unknown_even_when_painted_later() -> None:
    story = Story()
    story.line.stall(NOON_TS + 20, NOON_TS + 40)
    story.judge(DOWN, 45, since=15)

    assert story.take(60) == {0: "DOWN down=25 unknown=35"}


def test_a_standstill_told_late_changes_minutes_told_before() -> None:
    story = Story()
    story.minutes_up(2)
    story.take(120)
    story.line.stall(NOON_TS + 50, NOON_TS + 70)

    assert story.take(120) == {0: "UP up=50 unknown=10", 1: "UP up=50 unknown=10"}


def test_a_suspend_leaves_gaps_not_rows() -> None:
    story = Story()
    story.judge(UP, 0)
    story.take(30)
    story.line.stall(NOON_TS + 30, NOON_TS + 330)
    story.judge(UP, 332)

    assert story.take(360) == {5: "UP up=28 unknown=32"}
    assert [story.minute(number, 360) for number in range(5)] == ["UP up=30 unknown=30", *["gap"] * 4]


def test_a_minute_told_before_is_told_as_unknown_when_it_turns_out_stalled() -> None:
    story = Story()
    story.minutes_up(1)
    story.take(60)
    story.line.stall(NOON_TS, NOON_TS + 60)

    assert story.take(60) == {0: "UNKNOWN unknown=60"}


def test_a_standstill_before_the_start_is_nothing() -> None:
    story = Story(started=60)
    story.line.stall(NOON_TS, NOON_TS + 30)
    story.judge(UP, 60)

    assert story.take(120) == {1: "UP up=60"}
