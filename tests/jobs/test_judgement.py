"""A verdict has its consequences once: seconds, the outage's edges, a transition, one commit."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.jobs.judgement import PLAUSIBLE_TS
from ispstatus.jobs.live import Ticket
from ispstatus.jobs.stream import Mood
from ispstatus.model.errors import StorageError
from ispstatus.model.evidence import Evidence
from ispstatus.model.net import LinkStatus
from ispstatus.model.record import Outage
from ispstatus.model.state import Fault, Note, Reason, State
from tests.helpers.make import OK, SILENT, a_path, an_echo, an_uplink, echoes, names
from tests.jobs.bench import GATEWAY, Bench
from tests.jobs.rig import rigged

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN


# ---------------------------------------------------------------- the edges of an outage
def test_an_outage_begins_with_the_first_lost_echo_and_ends_with_the_first_answered_one(bench: Bench) -> None:
    bench.judge_as(UP)
    bench.pass_time(30)
    first_bad_at = bench.silence(lasted_s=4.0, good_before_s=1.0)
    bench.judge_as(DOWN, first_bad_at=first_bad_at)
    bench.pass_time(60)
    bench.judge_as(DOWN)
    last_bad_at = bench.clock.now()
    bench.pass_time(20)
    first_good_at = bench.ago(1.5)
    bench.judge_as(UP, first_good_at=first_good_at)

    (outage,) = bench.outages()
    assert outage.first_bad_at == first_bad_at
    assert outage.last_good_at == first_bad_at - timedelta(seconds=1)
    assert outage.last_bad_at == last_bad_at
    assert outage.first_good_at == first_good_at
    assert (outage.reason, outage.fault) == (Reason.NO_EXTERNAL, Fault.PROVIDER)
    assert outage.evidence is not None


def test_the_seconds_since_the_first_lost_echo_become_down_in_the_same_commit(bench: Bench) -> None:
    bench.judge_as(UP)
    bench.pass_time(30)
    commits = bench.disk.commits

    bench.judge_as(DOWN, first_bad_at=bench.silence(lasted_s=4.0))
    assert bench.disk.commits == commits + 1
    bench.pass_time(10)
    bench.judge_as(UP, first_good_at=bench.clock.now())

    assert sum(minute.down_s for minute in bench.minutes()) == 14


def test_without_a_stream_an_outage_begins_with_the_cycle_and_was_last_good_when_last_judged(bench: Bench) -> None:
    bench.judge_as(UP)
    judged_at = bench.clock.now()
    bench.pass_time(60)
    bench.judge_as(DOWN)

    (outage,) = bench.outages()
    assert outage.first_bad_at == bench.ago(2.0)
    assert outage.last_good_at == judged_at


def test_unknown_neither_begins_nor_ends_an_outage(bench: Bench) -> None:
    bench.judge_as(UNKNOWN)
    bench.pass_time(60)
    bench.judge_as(DOWN)
    bench.pass_time(60)
    bench.judge_as(UNKNOWN)
    bench.pass_time(60)
    assert [outage.is_ongoing for outage in bench.outages()] == [True]
    bench.judge_as(DOWN)
    bench.pass_time(60)
    bench.judge_as(UP)

    (outage,) = bench.outages()
    assert outage.last_good_at is None, "before it nothing was known"
    assert outage.first_good_at == bench.ago(2.0)


def test_what_nobody_measured_within_an_outage_is_counted(bench: Bench) -> None:
    bench.judge_as(DOWN)
    bench.pass_time(60)
    bench.judge_as(UNKNOWN)
    bench.pass_time(60)
    bench.judge_as(DOWN)
    assert [outage.unknown_s for outage in bench.outages()] == [60]

    bench.pass_time(10)
    bench.live.timeline.stall(bench.ago(5).timestamp(), bench.ago(0).timestamp())
    bench.pass_time(20)
    bench.judge_as(DOWN)
    bench.pass_time(30)
    bench.judge_as(UP)
    assert [outage.unknown_s for outage in bench.outages()] == [65]


def test_an_outage_that_lasted_over_a_restart_counts_the_time_between_as_unknown(bench: Bench) -> None:
    bench.judge_as(DOWN)
    (before,) = bench.outages()
    bench.pass_time(300)
    bench.live = bench.follow(bench.live.uplink)  # as the next process does
    bench.live.outage, bench.live.ticket = before, Ticket(before.id)
    bench.pass_time(2)
    bench.judge_as(DOWN)
    bench.pass_time(60)
    bench.judge_as(UP)

    (outage,) = bench.outages()
    assert (outage.id, outage.first_bad_at, outage.unknown_s) == (before.id, before.first_bad_at, 300)


def test_degraded_ends_an_outage(bench: Bench) -> None:
    bench.judge_as(DOWN)
    bench.pass_time(60)
    bench.judge_as(DEGRADED)

    assert [outage.is_ongoing for outage in bench.outages()] == [False]


def test_an_answer_that_left_before_the_last_verdict_of_down_ends_the_outage_there(bench: Bench) -> None:
    bench.judge_as(DOWN)
    bench.pass_time(60)
    bench.judge_as(DOWN)
    first_good_at = bench.ago(0.2)
    bench.pass_time(1)
    bench.judge_as(UP, first_good_at=first_good_at)

    assert [(outage.last_bad_at, outage.first_good_at) for outage in bench.outages()] == [(first_good_at,) * 2]


def test_lost_carrier_is_remembered_with_its_moment(bench: Bench) -> None:
    bench.judge_as(UP)
    bench.pass_time(5)
    now_at = bench.clock.now()
    gone = a_path(link=LinkStatus.NO_CARRIER)
    bench.judge_as(DOWN, path=gone, proof=None, started_at=now_at, pings=(), https=(), dns=(), gateway=None)

    (outage,) = bench.outages()
    assert (outage.reason, outage.carrier_down_at, outage.first_bad_at) == (Reason.NO_CARRIER, now_at, now_at)


VERDICTS = st.lists(st.tuples(st.sampled_from([UP, DEGRADED, DOWN, UNKNOWN]), st.integers(3, 90)), max_size=25)


@settings(max_examples=25, deadline=None)
@given(verdicts=VERDICTS)
def test_however_verdicts_follow_each_other_every_outage_is_closed_once_and_in_order(
    verdicts: list[tuple[State, int]],
) -> None:
    with rigged() as rig, TemporaryDirectory() as folder:
        bench = Bench(rig, Path(folder))
        for state, seconds in verdicts:
            bench.pass_time(seconds)
            bench.judge_as(state)
        found, stored_minutes = bench.outages(), bench.minutes()
        bench.close()

    judged = [state for state, _ in verdicts if state is not UNKNOWN]
    begun = sum(state is DOWN and before is not DOWN for before, state in pairwise([UP, *judged]))
    assert len(found) == begun
    assert sum(outage.is_ongoing for outage in found) == (judged[-1:] == [DOWN])
    assert all(_in_order(outage) for outage in found)
    ends = [outage.first_good_at for outage in found if outage.first_good_at is not None]
    assert all(end <= following.first_bad_at for end, following in zip(ends, found[1:], strict=False))
    assert all(
        minute.up_s + minute.degraded_s + minute.down_s + minute.unknown_s + minute.excluded_s == 60
        for minute in stored_minutes
    )


def _in_order(outage: Outage) -> bool:
    edges = [outage.last_good_at, outage.first_bad_at, outage.last_bad_at, outage.first_good_at]
    known = [edge for edge in edges if edge is not None]
    return known == sorted(known)


# ---------------------------------------------------------------- blips
def test_a_silence_of_three_seconds_that_no_verdict_saw_is_an_outage_all_the_same(bench: Bench) -> None:
    bench.judge_as(UP)
    bench.pass_time(30)
    first_bad_at = bench.silence(lasted_s=4.0, good_before_s=1.0)
    first_good_at = bench.ago(0.5)

    bench.judge.blip(bench.live, bench.cycle(UP), first_bad_at, first_good_at)

    (outage,) = bench.outages()
    assert (outage.first_bad_at, outage.first_good_at) == (first_bad_at, first_good_at)
    assert outage.last_good_at == first_bad_at - timedelta(seconds=1)
    assert outage.fault is Fault.PROVIDER
    assert sum(minute.down_s for minute in bench.minutes()) in (3, 4)
    assert bench.live.outage is None, "it is over"


def test_a_shorter_one_is_none(bench: Bench) -> None:
    bench.judge_as(UP)
    bench.pass_time(30)
    first_bad_at = bench.silence(lasted_s=4.0)

    bench.judge.blip(bench.live, bench.cycle(UP), first_bad_at, bench.ago(1.1))

    assert bench.outages() == []
    assert sum(minute.down_s for minute in bench.minutes()) == 0


def test_two_blips_are_two_outages(bench: Bench) -> None:
    bench.judge_as(UP)
    for _ in range(2):
        bench.pass_time(30)
        bench.judge.blip(bench.live, bench.cycle(UP), bench.silence(lasted_s=5.0), bench.ago(1.0))

    assert [outage.is_ongoing for outage in bench.outages()] == [False, False]


def test_a_blip_with_a_silent_gateway_broke_on_the_way_to_it(bench: Bench) -> None:
    bench.judge_as(UP)
    bench.live.evidence = bench.cycle(UP, gateway=an_echo(GATEWAY, SILENT))
    bench.pass_time(30)

    bench.judge.blip(bench.live, bench.cycle(UP), bench.silence(lasted_s=5.0), bench.ago(1.0))

    assert [outage.fault for outage in bench.outages()] == [Fault.ACCESS]


# ---------------------------------------------------------------- what is stored, and when
def test_a_change_of_state_is_stored_with_its_evidence_when_it_began(bench: Bench) -> None:
    bench.judge_as(UP)
    bench.pass_time(60)
    first_bad_at = bench.silence(lasted_s=3.0)
    bench.judge_as(DOWN, first_bad_at=first_bad_at)

    up, down = bench.transitions()
    assert (up.state, down.state) == (UP, DOWN)
    assert down.at == first_bad_at
    assert (down.reason, down.fault) == (Reason.NO_EXTERNAL, Fault.PROVIDER)
    assert [ping["ok"] for ping in down.evidence["ping"]] == [False] * 3


def test_the_same_verdict_again_is_stored_only_if_somebody_waits_for_it(bench: Bench) -> None:
    bench.judge_as(UP)
    commits = bench.disk.commits
    bench.pass_time(60)
    bench.judge_as(UP)
    assert bench.disk.commits == commits

    bench.judge_as(UP, store=True)
    assert bench.disk.commits == commits + 1
    assert len(bench.transitions()) == 1


def test_by_a_clock_that_was_never_set_nothing_is_stored_and_nothing_is_called_committed(bench: Bench) -> None:
    bench.rig.hands.wall = 1000.0
    bench.judge_as(UP)
    assert not bench.judge.may_store
    assert bench.disk.commits == 0
    assert bench.live.commit is not None
    assert isinstance(bench.live.commit.exception(0), StorageError)

    bench.rig.hands.wall = PLAUSIBLE_TS
    assert bench.judge.may_store


def test_others_are_heard_of_while_their_verdict_is_fresh(bench: Bench) -> None:
    other = bench.follow(an_uplink(id=2, name="line2", interface="eth2"))
    bench.judge.judge(other, bench.cycle(UP, uplink=other.uplink), None, (), store=False)

    bench.pass_time(89)
    fresh = bench.judge.judge(bench.live, bench.cycle(DOWN), None, [other], store=False)
    bench.pass_time(2)
    stale = bench.judge.judge(bench.live, bench.cycle(DOWN), None, [other], store=False)

    assert Note.OTHERS_FINE in fresh.notes
    assert Note.OTHERS_FINE not in stale.notes


def test_every_verdict_is_told_with_the_state_before_it(bench: Bench) -> None:
    for state in (UP, UP, DOWN):
        bench.pass_time(60)
        bench.judge_as(state)

    assert bench.heard == [(UNKNOWN, UP), (UP, UP), (UP, DOWN)]


# ---------------------------------------------------------------- the stream's mood
@pytest.mark.parametrize(
    ("state", "changes", "mood"),
    [
        (UP, {}, Mood.WATCH),
        (DEGRADED, {}, Mood.WATCH),
        (DEGRADED, {"pings": echoes(SILENT, SILENT, SILENT), "dns": names(OK)}, Mood.QUIET),
        (DOWN, {}, Mood.DOWN),
        (UNKNOWN, {}, Mood.UNKNOWN),
    ],
)
def test_the_stream_looks_for_what_the_verdict_asks(
    bench: Bench, state: State, changes: dict[str, Any], mood: Mood
) -> None:
    bench.judge_as(state, **changes)

    assert bench.live.stream._mood is mood


def test_evidence_and_figures_stand_beside_the_verdict(bench: Bench) -> None:
    cycle: Evidence = bench.cycle(UP)
    bench.judge.judge(bench.live, cycle, None, (), store=False)

    assert bench.live.evidence is cycle
    assert bench.live.measured_boot_s == bench.rig.now
    assert bench.live.standing.judged_at == cycle.ended_at
