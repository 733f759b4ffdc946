"""The Timeline whatever happens to it: bounded, and right to the second. Times are seconds after 12:00:00."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.analytics.seconds import KEEP_S, Seconds, Timeline
from ispstatus.model.state import Fault, State
from ispstatus.model.window import Window
from tests.analytics.story import DEGRADED, DOWN, UNKNOWN, UP, Story
from tests.helpers.make import NOON_TS, at


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
