"""The Timeline: what every second was. Times are seconds after 12:00:00."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.analytics.seconds import KEEP_S, Seconds, Timeline
from ispstatus.model.state import Fault, State
from ispstatus.model.window import Window
from tests.helpers.make import NOON_TS, a_minute, at

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN


class Story:
    """A timeline that starts at noon (or later) and is told in seconds after noon."""

    def __init__(self, started: float = 0.0, **given: Any) -> None:
        self.line = Timeline(NOON_TS + started, **given)

    def judge(self, state: State, start: float, *, since: float | None = None, fault: Fault | None = None) -> None:
        where = fault or (Fault.ACCESS if state is DOWN else Fault.NONE)
        self.line.judge(state, where, NOON_TS + start, since_ts=None if since is None else NOON_TS + since)

    def minutes_up(self, count: int, first: int = 0) -> None:
        for minute in range(first, first + count):
            self.judge(UP, minute * 60)

    def take(self, now: float, **given: Any) -> dict[int, str]:
        """Return the changed minutes by number, in short."""
        return {(s.ts - NOON_TS) // 60: short(s) for s in self.line.take(NOON_TS + now, **given)}

    def minute(self, number: int, now: float) -> str:
        seconds = self.line.seconds_of(NOON_TS + number * 60, NOON_TS + now)
        return "gap" if seconds is None else short(seconds)


def short(seconds: Seconds) -> str:
    """Return a minute as "DOWN up=50 down=10", empty classes left out."""
    counts = {
        "up": seconds.up_s,
        "degraded": seconds.degraded_s,
        "down": seconds.down_s,
        "unknown": seconds.unknown_s,
        "excluded": seconds.excluded_s,
    }
    assert sum(counts.values()) == 60
    return " ".join([seconds.state.name, *(f"{name}={count}" for name, count in counts.items() if count)])


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


def test_a_step_back_tells_nothing_twice_and_goes_on_from_there() -> None:
    story = Story()
    story.minutes_up(3)
    story.take(150)
    story.line.restart(NOON_TS + 150, NOON_TS + 30)

    assert story.take(60) == {0: "UP up=30 unknown=30"}
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
    story.line.restart(NOON_TS + 200, NOON_TS + 100)

    assert story.take(300) == {}


# -------------------------------------------------------------------- bounds
def test_what_is_too_old_is_forgotten() -> None:
    story = Story()
    story.minutes_up(1)
    story.take(60)
    story.judge(UP, KEEP_S + 120)

    assert story.minute(0, KEEP_S + 180) == "gap"
    assert len(story.line._minutes) <= KEEP_S // 60 + 3


def test_a_year_of_minutes_stays_small() -> None:
    story = Story()
    for minute in range(0, 500_000, 1000):
        story.judge(UP, minute * 60)
        story.line.stall(NOON_TS + minute * 60 + 5, NOON_TS + minute * 60 + 7)
        story.take(minute * 60 + 60)

    assert len(story.line._minutes) + len(story.line._told) + len(story.line._dirty) + len(story.line._stalled) < 60


# -------------------------------------------------------------------- whatever happens
ACTS = st.one_of(
    st.tuples(st.just("judge"), st.sampled_from(list(State)), st.floats(0, 90), st.none() | st.floats(0, 200)),
    st.tuples(st.just("stall"), st.floats(0, 30), st.floats(0, 30), st.none()),
    st.tuples(st.just("blip"), st.floats(0, 30), st.floats(0, 30), st.none()),
    st.tuples(st.just("step"), st.floats(-300, 300), st.none(), st.none()),
    st.tuples(st.just("exclude"), st.integers(0, 100), st.integers(1, 100), st.none()),
    st.tuples(st.just("take"), st.floats(0, 90), st.none(), st.none()),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTS, max_size=25))
def test_sums_are_sixty_and_told_minutes_are_what_is_kept(acts: list[Any]) -> None:
    line, now = Timeline(NOON_TS), float(NOON_TS)
    told: dict[int, Seconds] = {}
    for act, one, two, three in acts:
        if act == "judge":
            now += two
            line.judge(one, Fault.ACCESS, now, since_ts=None if three is None else now - three)
        elif act == "stall":
            line.stall(now - one, now - one + two)
        elif act == "blip":
            line.blip(Fault.PROVIDER, now - one, now - one + two)
        elif act == "step":
            told.update((s.ts, s) for s in line.take(now))
            line.restart(now, now + one)
            now += one
            told = {} if one < 0 else told
        elif act == "exclude":
            start = now - one
            line.set_maintenance([Window(at(start - NOON_TS), at(start - NOON_TS + two))])
        else:
            now += one
            told.update((s.ts, s) for s in line.take(now))

    told.update((s.ts, s) for s in line.take(now))
    oldest = now - KEEP_S
    for ts, seconds in told.items():
        assert seconds.up_s + seconds.degraded_s + seconds.down_s + seconds.unknown_s + seconds.excluded_s == 60
        if ts >= oldest:
            assert line.seconds_of(ts, now) == seconds


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(State)), st.integers(1, 80)), min_size=1, max_size=11))
def test_the_line_agrees_with_a_second_by_second_account(verdicts: list[tuple[State, int]]) -> None:
    story, start, account = Story(), 0, [UNKNOWN] * 900
    for state, gap in verdicts:
        start += gap
        story.judge(state, start)
        account[start : start + 70] = [state] * 70
    want = Counter(account[: start + 1])

    told = story.line.take(NOON_TS + start + 1)

    assert sum(s.up_s for s in told) == want[UP]
    assert sum(s.degraded_s for s in told) == want[DEGRADED]
    assert sum(s.down_s for s in told) == want[DOWN]
