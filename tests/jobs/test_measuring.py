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
from ispstatus.decide.cadence import Allowance, Metering, Purse
from ispstatus.jobs.board import Board
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink, Past
from ispstatus.jobs.measuring import Measuring
from ispstatus.model.decision import Decision, Memory, Standing
from ispstatus.model.sample import Trace
from ispstatus.model.series import Protocol, Sample
from ispstatus.model.state import Fault, Reason, State
from ispstatus.model.uplink import Reflector, Sampling
from ispstatus.model.window import Window
from tests.helpers.make import NOON, NOON_TS, a_memory, a_minute, a_path, an_outage, an_uplink, at
from tests.jobs.living import Hands

UPLINK = an_uplink()
FAR_UPLINK = an_uplink(reflector=Reflector("far.example"))


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


# ---------------------------------------------------------------- far ends
def far_end_problems(change: Callable[[LiveUplink, Measuring], object] = lambda _live, _made: None) -> tuple[str, ...]:
    """Return what is said of the far end of an uplink that is UP, changed as asked."""
    made = measuring(Past(standing=judged(State.UP, Reason.OK, 29)), Hands(NOON_TS + 30).clock)
    made.roster.replace([FAR_UPLINK])
    live = made.roster.get(FAR_UPLINK.id)
    assert live is not None
    live.path = a_path()
    change(live, made)
    made.outlook.close()
    return made.far_end_problems()


def be_metered(live: LiveUplink, _made: Measuring) -> None:
    metering = Metering(10, 20.0, 500, fits=True, sample_stretch=None)
    live.uplink = replace(live.uplink, metered=True, sampling=Sampling(on_metered=True))
    live.allowance = Allowance(metering, Purse(10**9, 0, 3600.0))


def be_silent(live: LiveUplink, made: Measuring) -> None:
    live.addresses["far.example"] = "192.0.2.9"
    for age_s in (3.0, 2.0, 1.0):
        sent_boot_s = made._clock.boot() - age_s
        made._board.note(live.uplink.id, Sample(Protocol.TWAMP, "far", sent_boot_s, None, is_own=True))


def test_a_far_end_that_gives_no_numbers_is_told_of() -> None:
    (unresolved,) = far_end_problems()
    (silent,) = far_end_problems(be_silent)
    (unpaid,) = far_end_problems(be_metered)

    assert "no resolver gave" in unresolved
    assert "does not answer twamp" in silent
    assert "the byte budget" in unpaid


@pytest.mark.parametrize("state", [State.DOWN, State.UNKNOWN])
def test_while_its_uplink_does_not_work_that_alone_is_told(state: State) -> None:
    def fail(live: LiveUplink, _made: Measuring) -> None:
        live.standing = judged(state, Reason.OK, 29)

    assert far_end_problems(fail) == ()


def test_an_uplink_that_is_not_to_be_sampled_or_not_looked_at_yet_has_nothing_to_tell() -> None:
    assert far_end_problems(lambda live, _: setattr(live, "path", None)) == ()
    assert far_end_problems(lambda live, _: setattr(live, "uplink", replace(FAR_UPLINK, metered=True))) == ()


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
