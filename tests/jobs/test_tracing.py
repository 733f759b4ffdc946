"""A trace when a fault begins, kept with its outage; a healthy one a day to compare it with; never two in 300 s."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ispstatus.jobs.messages import TraceTaken
from ispstatus.jobs.tracing import Tracer
from ispstatus.model.sample import Trace
from ispstatus.model.state import State
from ispstatus.store.outages import baseline_trace
from tests.helpers.make import PINGS, a_path
from tests.jobs.bench import Bench
from tests.jobs.rig import Rig

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN
NEAR = PINGS[0].address


class Tracing(Bench):
    """A bench with a tracer that hears of every verdict, as the coordinator wires it."""

    def __init__(self, rig: Rig, directory: Path) -> None:
        super().__init__(rig, directory)
        self.taken: list[TraceTaken] = []
        self.tracer = Tracer(self.clock, rig.engine, self.recorder, self._come_back)  # type: ignore[arg-type]

    def become(self, state: State, *, for_s: float = 5.0) -> None:
        """Judge so, and let the time of a trace pass."""
        before = self.live.standing.decision.state
        self.judge_as(state)
        self.tracer.consider(self.live, before)
        self.rig.run(for_s)

    @property
    def started(self) -> int:
        """How many traces were started: each leaves twenty echoes."""
        return sum(1 for _ in self.rig.line.sent) // 20

    @property
    def baseline(self) -> Trace | None:
        return baseline_trace(self.disk.db, 1)

    def _come_back(self, taken: TraceTaken) -> None:
        self.taken.append(taken)
        self.tracer.keep(self.live, taken)


@pytest.fixture
def here(rig: Rig, tmp_path: Path) -> Iterator[Tracing]:
    made = Tracing(rig, tmp_path)
    yield made
    made.close()


def traces(here: Tracing) -> list[bool]:
    """Return which of the stored outages have a trace."""
    return [outage.trace is not None for outage in here.outages()]


def test_an_outage_is_kept_with_its_trace_beside_the_healthy_one(here: Tracing) -> None:
    here.become(UP)
    here.rig.line.behave = lambda to, sent: None
    here.become(DOWN)

    (outage,) = here.outages()
    assert outage.trace is not None
    assert (outage.trace["target"], outage.trace["reached"]) == (NEAR, False)
    assert outage.baseline_trace is not None
    assert outage.baseline_trace["reached"] is True


def test_no_second_trace_within_300_s_of_the_last(here: Tracing) -> None:
    for state in (DOWN, UP, DOWN):
        here.become(state, for_s=10.0)
    assert [taken.is_baseline for taken in here.taken] == [False, True]
    assert traces(here) == [True, False]

    here.become(UP, for_s=300.0)
    here.become(DOWN)
    assert traces(here) == [True, False, True]


def test_only_a_change_is_traced(here: Tracing) -> None:
    for _ in range(10):
        here.become(DOWN, for_s=60.0)

    assert here.started == 1


def test_a_trace_of_degraded_is_no_baseline(here: Tracing) -> None:
    here.become(UP)
    healthy = here.baseline
    here.become(DEGRADED)

    assert [taken.is_baseline for taken in here.taken] == [True, False]
    assert here.baseline == healthy
    assert here.live.baseline_trace == healthy


def test_an_outage_that_grows_out_of_degraded_keeps_the_trace_taken_then(here: Tracing) -> None:
    here.become(UP)
    here.become(DEGRADED)
    here.become(DOWN)

    assert here.started == 2
    assert traces(here) == [True]


def test_a_trace_of_degraded_that_passed_belongs_to_no_later_outage(here: Tracing) -> None:
    for state in (UP, DEGRADED, UP, DOWN):
        here.become(state)

    assert traces(here) == [False]


def test_a_trace_that_comes_back_after_its_outage_is_kept_with_it(here: Tracing) -> None:
    here.rig.line.behave = lambda to, sent: None
    here.become(DOWN, for_s=0.5)
    here.become(UP, for_s=0.2)
    here.become(DOWN, for_s=5.0)

    assert traces(here) == [True, False]


def test_the_healthy_way_is_traced_once_a_day(here: Tracing) -> None:
    for _ in range(4 * 25):
        here.become(UP, for_s=900.0)

    assert len(here.taken) == 2
    assert here.baseline == here.taken[-1].trace


def test_a_baseline_that_cannot_be_renewed_is_not_tried_at_every_verdict(here: Tracing) -> None:
    here.become(UP)
    here.pass_time(90_000.0)
    here.rig.line.refuses = True
    for _ in range(10):
        here.become(UP, for_s=60.0)

    assert len(here.taken) == 1 + 2
    assert here.baseline == here.taken[0].trace


def test_what_was_traced_by_a_clock_never_set_is_not_stored(here: Tracing) -> None:
    here.rig.hands.wall = 1000.0
    here.become(UP)

    assert len(here.taken) == 1
    assert here.baseline is None


def test_an_outage_that_was_never_stored_leaves_no_trace_behind(here: Tracing) -> None:
    here.disk.is_full = True
    here.judge_as(DOWN)
    here.disk.is_full = False
    here.tracer.consider(here.live, UP)
    here.rig.run(5.0)

    assert len(here.taken) == 1
    assert (here.outages(), here.baseline) == ([], None)


@pytest.mark.parametrize("lacking", [{"has_default": False}, {"source": None}])
def test_without_a_usable_path_nothing_is_sent(here: Tracing, lacking: dict[str, None]) -> None:
    here.live.path = a_path(**lacking)
    here.become(DOWN)
    here.live.path = None
    here.become(UP)

    assert here.started == 0


@pytest.mark.parametrize(
    ("allowance", "kinds"),
    [
        pytest.param(SimpleNamespace(may_check=True, may_confirm=True), [True, False], id="rich"),
        pytest.param(SimpleNamespace(may_check=False, may_confirm=True), [False], id="only-the-reserve-left"),
        pytest.param(SimpleNamespace(may_check=False, may_confirm=False), [], id="spent"),
    ],
)
def test_a_budget_pays_for_traces_of_faults_before_those_of_health(
    here: Tracing, allowance: SimpleNamespace, kinds: list[bool]
) -> None:
    here.live.allowance = cast(Any, allowance)
    here.become(UP)
    here.become(DOWN)

    assert [taken.is_baseline for taken in here.taken] == kinds


def test_without_echo_targets_there_is_nothing_to_trace(here: Tracing) -> None:
    here.live.uplink = replace(here.live.uplink, plan=replace(here.live.uplink.plan, ping=()))
    here.become(UP)

    assert here.started == 0


def test_a_trace_is_counted(here: Tracing) -> None:
    here.become(DOWN)

    assert here.live.stream.tally.total_bytes == 20 * 168


def test_nobody_follows_the_uplink_any_more(here: Tracing) -> None:
    here.tracer.keep(None, TraceTaken(9, Trace("192.0.2.1", reached=False, hops=(), taken_ts=0), is_baseline=True))

    assert here.baseline is None
