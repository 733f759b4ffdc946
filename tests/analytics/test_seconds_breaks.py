"""The Timeline across what interrupts it: planned work, restarts, clock steps. Times are seconds after 12:00:00."""

from ispstatus.model.state import Fault
from ispstatus.model.window import Window
from tests.analytics.story import DOWN, UNKNOWN, UP, Story
from tests.helpers.make import NOON_TS, a_minute, at


# -------------------------------------------------------------------- maintenance
def test_maintenance_is_excluded_whatever_the_verdict_and_the_state_stays_true() -> None:
    story = Story()
    story.line.set_maintenance([Window(at(10), at(50))])
    story.judge(UP, 0)
    story.judge(DOWN, 20)

    assert story.take(60) == {0: "DOWN up=10 down=10 excluded=40"}


def test_maintenance_added_later_changes_minutes_told_before() -> None:
    story = Story()
    story.minutes_up(2)
    story.take(120)
    story.line.set_maintenance([Window(at(30), at(3600))])
    assert story.take(120) == {0: "UP up=30 excluded=30", 1: "UP excluded=60"}

    story.line.set_maintenance([])
    assert story.take(120) == {0: "UP up=60", 1: "UP up=60"}


def test_the_same_maintenance_again_changes_nothing() -> None:
    story = Story()
    story.line.set_maintenance([Window(at(30), at(60))])
    story.minutes_up(1)
    story.take(60)
    story.line.set_maintenance([Window(at(30), at(60))])

    assert story.take(60) == {}


def test_maintenance_to_come_is_not_excluded_yet() -> None:
    story = Story()
    story.line.set_maintenance([Window(at(0), at(60))])
    story.judge(UP, 0)

    assert story.take(20) == {0: "UP unknown=40 excluded=20"}


def test_overlapping_maintenance_excludes_a_second_once() -> None:
    story = Story()
    story.line.set_maintenance([Window(at(0), at(30)), Window(at(20), at(40))])
    story.judge(UP, 0)

    assert story.take(60) == {0: "UP up=20 excluded=40"}


def test_an_unmeasured_second_in_maintenance_is_excluded() -> None:
    story = Story()
    story.line.set_maintenance([Window(at(0), at(60))])
    story.judge(UP, 0)
    story.line.stall(NOON_TS + 10, NOON_TS + 20)

    assert story.take(60) == {0: "UP excluded=60"}


# -------------------------------------------------------------------- restarts
def test_what_an_earlier_process_judged_of_the_same_minute_is_kept() -> None:
    before = a_minute(0, up_s=10, degraded_s=4, down_s=6, unknown_s=40, down_fault=Fault.DNS, state=DOWN)
    story = Story(started=30, before=before)
    story.judge(UP, 40)

    assert story.take(60) == {0: "DOWN up=30 degraded=4 down=6 unknown=20"}
    assert story.line.seconds_of(NOON_TS, NOON_TS + 60).down_fault is Fault.DNS  # type: ignore[union-attr]


def test_the_fault_is_that_of_the_process_that_saw_more_down() -> None:
    story = Story(started=30, before=a_minute(0, up_s=0, down_s=5, unknown_s=55, down_fault=Fault.DNS, state=DOWN))
    story.judge(DOWN, 40)

    assert story.line.take(NOON_TS + 60)[0].down_fault is Fault.ACCESS


def test_on_a_tie_the_fault_is_the_later_processs() -> None:
    story = Story(started=30, before=a_minute(0, up_s=0, down_s=20, unknown_s=40, down_fault=Fault.DNS, state=DOWN))
    story.judge(DOWN, 40)

    assert story.line.take(NOON_TS + 60)[0].down_fault is Fault.ACCESS


def test_an_earlier_row_that_just_fits_is_kept_whole() -> None:
    before = a_minute(0, up_s=10, degraded_s=5, down_s=5, excluded_s=10, unknown_s=30)
    story = Story(started=30, before=before)
    story.judge(UP, 30)

    assert story.take(60) == {0: "UP up=40 degraded=5 down=5 excluded=10"}


def test_an_earlier_row_one_second_too_long_is_left_out() -> None:
    before = a_minute(0, up_s=10, degraded_s=5, down_s=5, excluded_s=11, unknown_s=29)
    story = Story(started=30, before=before)
    story.judge(UP, 30)

    assert story.take(60) == {0: "UP up=30 unknown=30"}


def test_an_earlier_row_that_cannot_fit_is_left_out() -> None:
    story = Story(started=30, before=a_minute(0))
    story.judge(UP, 30)

    assert story.take(60) == {0: "UP up=30 unknown=30"}


def test_an_earlier_row_of_another_minute_does_not_matter() -> None:
    story = Story(started=70, before=a_minute(0))
    story.judge(UP, 70)

    assert story.take(120) == {1: "UP up=50 unknown=10"}


# -------------------------------------------------------------------- clock steps
def test_a_step_forward_leaves_what_was_stepped_over_unknown() -> None:
    story = Story()
    story.judge(UP, 0)
    story.line.restart(NOON_TS + 20, NOON_TS + 50)

    assert story.take(110) == {0: "UP up=30 unknown=30", 1: "UP up=40 unknown=20"}


def test_a_minute_stepped_over_is_a_gap() -> None:
    story = Story()
    story.judge(UP, 0)
    story.line.restart(NOON_TS + 20, NOON_TS + 130)

    assert story.take(180) == {0: "UP up=20 unknown=40", 2: "UP up=50 unknown=10"}


def test_a_great_step_forward_forgets_and_goes_on() -> None:
    story = Story()
    story.judge(UP, 0)
    story.take(20)
    story.line.restart(NOON_TS + 20, NOON_TS + 86_400)
    story.judge(UP, 86_410)

    assert story.take(86_460) == {1440: "UP up=60"}


def test_a_small_step_back_counts_each_second_of_the_minute_in_hand_once() -> None:
    story = Story()
    story.judge(DOWN, 60)
    story.judge(UP, 80)
    assert story.take(90) == {1: "DOWN up=10 down=20 unknown=30"}

    story.line.restart(NOON_TS + 90, NOON_TS + 85)

    assert story.take(120) == {1: "DOWN up=40 down=20"}


def test_a_minute_not_told_yet_is_told_after_a_step_back() -> None:
    story = Story()
    story.minutes_up(1)
    story.judge(UP, 59)
    story.line.restart(NOON_TS + 62, NOON_TS + 60.5)

    assert story.take(64) == {0: "UP up=60", 1: "UP up=4 unknown=56"}


def test_a_standstill_that_a_step_back_cut_short_is_over() -> None:
    story = Story()
    story.judge(UP, 0)
    story.line.stall(NOON_TS + 20, NOON_TS + 40)
    story.line.restart(NOON_TS + 50, NOON_TS + 30)

    assert story.take(60) == {0: "UP up=40 unknown=20"}


def test_a_step_back_tells_nothing_twice_and_goes_on_from_there() -> None:
    story = Story()
    story.minutes_up(3)
    story.take(150)
    story.line.restart(NOON_TS + 150, NOON_TS + 30)

    assert story.take(60) == {}
    assert story.minute(0, 60) == "UP up=60"
    assert story.take(80) == {1: "UP up=10 unknown=50"}


def test_a_step_back_forgets_the_earlier_process_and_its_standstills() -> None:
    story = Story(started=30, before=a_minute(0, up_s=10, unknown_s=50))
    story.line.stall(NOON_TS + 40, NOON_TS + 50)
    story.judge(UP, 30)
    story.line.restart(NOON_TS + 55, NOON_TS + 20)

    assert story.take(60) == {0: "UP up=40 unknown=20"}


def test_after_a_step_the_next_verdict_counts_from_the_new_time() -> None:
    story = Story()
    story.judge(UP, 100)
    story.line.restart(NOON_TS + 110, NOON_TS + 10)
    story.judge(DOWN, 30, since=20)

    assert story.take(60) == {0: "DOWN up=10 down=40 unknown=10"}


def test_a_step_without_a_verdict_paints_nothing() -> None:
    story = Story()
    story.line.restart(NOON_TS + 10, NOON_TS + 5)
    story.line.restart(NOON_TS + 10, NOON_TS + 15)

    assert story.take(60) == {}


def test_a_step_after_the_verdict_had_run_out_paints_nothing() -> None:
    story = Story()
    story.judge(UP, 0)
    assert story.take(200) == {0: "UP up=60", 1: "UP up=10 unknown=50"}
    story.line.restart(NOON_TS + 200, NOON_TS + 100)

    assert story.take(300) == {}


# -------------------------------------------------------------------- what nobody measured
def test_seconds_without_a_verdict_are_counted_as_unknown_between_two_moments() -> None:
    story = Story()
    story.judge(DOWN, 10)  # speaks for 10..80
    story.judge(UNKNOWN, 60)  # for 60..130
    story.judge(DOWN, 100)
    story.line.stall(NOON_TS + 20, NOON_TS + 25)

    def unknown(first: float, last: float) -> int:
        return story.line.unknown_between(NOON_TS + first, NOON_TS + last)

    assert unknown(10, 20) == 0
    assert unknown(10, 60) == 5
    assert unknown(30, 150) == 40
    assert unknown(0, 10) == 10
    assert unknown(100, 300) == 130
    assert unknown(50, 40) == 0


def test_what_lies_before_this_process_was_measured_by_nobody() -> None:
    story = Story(started=100.0)
    story.judge(DOWN, 110)

    assert story.line.unknown_between(NOON_TS - 3600, NOON_TS + 120) == 3600 + 110
    assert story.line.unknown_between(NOON_TS - 3600, NOON_TS - 3000) == 600
