"""Everything that measures, wired together: what it goes on from, and that its threads turn and end."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ispstatus.bus import Bus
from ispstatus.clock import SYSTEM, Clock
from ispstatus.jobs.board import Board
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink, Past
from ispstatus.jobs.measuring import Measuring
from ispstatus.model.decision import Decision, Memory, Standing
from ispstatus.model.sample import Trace
from ispstatus.model.state import Fault, Reason, State
from ispstatus.model.window import Window
from tests.helpers.make import NOON, NOON_TS, a_memory, a_minute, an_outage, an_uplink, at
from tests.jobs.living import Hands

UPLINK = an_uplink()


def dropped(_write: Callable[[Any], Any]) -> "Future[Any]":
    done: Future[Any] = Future()
    done.set_result(None)
    return done


def measuring(past: Past, clock: Clock) -> Measuring:
    return Measuring(
        clock, dropped, Bus(), lambda _: past, None, Ledger(clock, ZoneInfo("UTC"), lambda _: {}), Board(clock)
    )


def followed(past: Past, second: float = 30.0) -> LiveUplink:
    """Return the uplink as it is first followed, ``second`` seconds after noon."""
    made = measuring(past, Hands(NOON_TS + second).clock)
    made.roster.replace([UPLINK])
    found = made.roster.get(UPLINK.id)
    made.outlook.close()
    assert found is not None
    return found


def judged(state: State, reason: Reason, second: float) -> Standing:
    return Standing(Decision(state, reason, Fault.NONE), at(-3600), at(second))


def test_an_uplink_without_a_past_is_unknown_and_starting() -> None:
    live = followed(Past())

    assert (live.standing.decision.state, live.standing.decision.reason) == (State.UNKNOWN, Reason.STARTING)
    assert live.standing.since_at == at(30)
    assert (live.memory, live.outage, live.is_verdict_given) == (Memory(), None, False)


@pytest.mark.parametrize(
    ("age_s", "state"),
    [pytest.param(70.0, State.UP, id="70 s"), pytest.param(70.1, State.UNKNOWN, id="older")],
)
def test_a_stored_verdict_stands_for_seventy_seconds(age_s: float, state: State) -> None:
    live = followed(Past(standing=judged(State.UP, Reason.OK, 30 - age_s)))

    assert live.standing.decision.state is state
    assert live.standing.since_at == (at(-3600) if state is State.UP else at(30))


def test_what_was_learnt_is_kept_however_old_the_verdict() -> None:
    memory = replace(a_memory(), down_since_at=NOON)
    live = followed(Past(standing=judged(State.DOWN, Reason.NO_EXTERNAL, -7200), memory=memory))

    assert live.memory == memory


def test_an_outage_that_lasted_goes_on_under_its_number() -> None:
    outage = an_outage(-600, None, id=42)
    live = followed(Past(outage=outage))

    assert live.outage == outage
    assert live.ticket.outage_id == 42


def test_the_minute_in_hand_goes_on_with_what_an_earlier_process_saw() -> None:
    live = followed(Past(minute=a_minute(0, up_s=20, unknown_s=40)))
    live.timeline.judge(State.UP, Fault.NONE, NOON_TS + 30)

    assert [seconds.up_s for seconds in live.timeline.take(NOON_TS + 60)] == [50]


def test_planned_work_and_the_healthy_trace_are_known_from_the_start() -> None:
    trace = Trace("192.0.2.1", reached=True, hops=(), taken_ts=NOON_TS)
    live = followed(Past(baseline_trace=trace, maintenance=(Window(at(0), at(3600)),)))
    live.timeline.judge(State.UP, Fault.NONE, NOON_TS + 30)

    assert live.baseline_trace == trace
    assert [seconds.excluded_s for seconds in live.timeline.take(NOON_TS + 60)] == [30]


# ---------------------------------------------------------------- threads
@pytest.fixture(name="running")
def _running() -> Iterator[Measuring]:
    made = measuring(Past(), SYSTEM)
    made.start([an_uplink(interface="no-such-device")])
    yield made
    made.stop()


def test_an_interface_that_is_not_there_is_judged_by_the_running_threads(running: Measuring) -> None:
    assert wait_for(lambda: [r.decision.reason for r in running.coordinator.reports()] == [Reason.IFACE_MISSING])
    assert running.coordinator.is_idle
    assert running.outlook.links(running.roster) == {"fibre": "missing"}


def test_each_thread_says_when_it_last_turned(running: Measuring) -> None:
    assert wait_for(lambda: all(age_s < 5 for age_s in running.beats_s().values()))
    assert set(running.beats_s()) == {"netlink", "engine", "coordinator"}


def test_a_stop_ends_them_all() -> None:
    before = threading.active_count()
    made = measuring(Past(), SYSTEM)
    made.start([an_uplink(interface="no-such-device")])
    made.stop()

    assert threading.active_count() <= before


def wait_for(condition: Callable[[], bool], within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
