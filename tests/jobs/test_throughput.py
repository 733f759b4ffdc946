"""Throughput tests are due by the clock, run one at a time, and spare metered and dead uplinks."""

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, cast

import pytest

from ispstatus.clock import Clock
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.roster import Roster
from ispstatus.jobs.throughput import RETRY_S, ThroughputTests, wanted
from ispstatus.model.decision import Standing
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.settings import ThroughputSettings
from ispstatus.model.state import State
from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.model.uplink import Reflector, Uplink
from tests.helpers.make import NOON_TS, an_uplink
from tests.jobs.living import a_live
from tests.probes.driving import eventually

TRAINS = ThroughputSettings()
FAR = Reflector("far.example")
HOUR = 3600.0


def an_uplink_with_reflector(number: int = 1, **changes: Any) -> Uplink:
    return an_uplink(id=number, name=f"line{number}", reflector=FAR, **changes)


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.boot = 1000.0
        self.clock = Clock(wall=lambda: NOON_TS + self.boot, boot=lambda: self.boot)


class Examiner:
    """Stands in for what tests: takes as long as it is held, and fails when told to."""

    def __init__(self) -> None:
        self.ran: list[tuple[int, Method]] = []
        self.held = threading.Event()
        self.held.set()
        self.problem: Exception | None = None
        self.at_once = self.most_at_once = 0

    def run(self, live: LiveUplink, method: Method, settings: ThroughputSettings) -> Throughput:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.ran.append((live.uplink.id, method))
        self.held.wait(5.0)
        self.at_once -= 1
        if self.problem is not None:
            raise self.problem
        return Throughput(live.uplink.id, method, NOON_TS, 3, "far.example", Flow(1e6))

    def close(self) -> None:
        pass


class House:
    """The tests of some uplinks, and what they stored."""

    def __init__(self, *uplinks: Uplink, settings: ThroughputSettings = TRAINS, last_ts: int | None = None) -> None:
        self.hands, self.tester = Hands(), Examiner()
        self.stored: list[Any] = []
        self.roster = Roster(lambda uplink: a_live(uplink, standing=standing(uplink, State.UP)))
        self.roster.replace(uplinks)
        self.tests = ThroughputTests(
            self.hands.clock,
            self.roster,
            cast(Any, self.tester),
            self.submit,
            lambda _agent_id, _method: last_ts,
            threading.Event(),
            settings,
        )

    def submit(self, write: Any) -> "Future[Any]":
        self.stored.append(write)
        return Future()

    def look(self, after_s: float = 0.0) -> list[tuple[int, Method]]:
        """Let time pass, look, wait for the test's end; return what has run so far."""
        self.hands.boot += after_s
        self.tests.look()
        eventually(lambda: not self.tests.is_running)
        return self.tester.ran


def standing(uplink: Uplink, state: State) -> Standing:
    fresh = a_live(uplink).standing
    return replace(fresh, decision=replace(fresh.decision, state=state))


def test_trains_go_to_the_reflector_every_hour() -> None:
    house = House(an_uplink_with_reflector())

    assert house.look() == [(1, Method.TRAIN)]
    assert house.look(HOUR - 1) == [(1, Method.TRAIN)]
    assert house.look(2) == [(1, Method.TRAIN)] * 2
    assert len(house.stored) == 2


def test_one_test_runs_at_a_time_and_uplinks_take_turns() -> None:
    house = House(*(an_uplink_with_reflector(number) for number in (1, 2, 3)))
    house.tester.held.clear()
    house.tests.look()
    house.tests.look()
    house.tester.held.set()
    eventually(lambda: not house.tests.is_running)

    assert house.look(20.0) == [(1, Method.TRAIN), (2, Method.TRAIN)]
    assert house.look(20.0) == [(number, Method.TRAIN) for number in (1, 2, 3)]
    assert house.look(20.0) == [(number, Method.TRAIN) for number in (1, 2, 3)]
    assert house.tester.most_at_once == 1


def test_a_restart_repeats_nothing() -> None:
    house = House(an_uplink_with_reflector(), last_ts=NOON_TS + 1000 - 1800)

    assert house.look() == []
    assert house.look(1799.0) == []
    assert house.look(2.0) == [(1, Method.TRAIN)]


def test_a_stored_test_of_the_future_delays_nothing() -> None:
    assert House(an_uplink_with_reflector(), last_ts=NOON_TS + 99_999).look() == [(1, Method.TRAIN)]


@pytest.mark.parametrize("state", [State.DOWN, State.UNKNOWN])
def test_an_uplink_that_does_not_work_is_left_alone(state: State) -> None:
    house = House(an_uplink_with_reflector())
    live = house.roster.get(1)
    assert live is not None
    live.standing = standing(live.uplink, state)
    assert house.look() == []

    live.standing = standing(live.uplink, State.DEGRADED)

    assert house.look() == [(1, Method.TRAIN)]


def test_what_gave_no_result_is_tried_again_soon_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    house = House(an_uplink_with_reflector())
    house.tester.problem = CannotMeasure("the reflector does not answer")
    house.look()
    assert len(house.look(RETRY_S - 1)) == 1
    assert len(house.look(2)) == 2

    assert caplog.text.count("the reflector does not answer") == 1
    assert house.stored == []


def test_a_defect_does_not_repeat_every_few_seconds(caplog: pytest.LogCaptureFixture) -> None:
    house = House(an_uplink_with_reflector())
    house.tester.problem = RuntimeError("a defect")
    house.look()

    assert len(house.look(RETRY_S)) == 1
    assert "a defect" in caplog.text


def test_nothing_runs_while_the_time_is_not_believable() -> None:
    house = House(an_uplink_with_reflector())
    house.hands.boot = -NOON_TS

    assert house.look() == []


def test_nothing_starts_after_a_stop() -> None:
    house = House(an_uplink_with_reflector())
    house.tests.stop()

    assert house.look() == []


def test_changed_settings_count_from_the_next_look() -> None:
    house = House(an_uplink_with_reflector())
    house.tests.change(ThroughputSettings(trains_every_min=None))

    assert house.look() == []

    house.tests.change(ThroughputSettings(trains_every_min=5))

    assert house.look() == [(1, Method.TRAIN)]
    assert len(house.look(300.0)) == 2


# ---------------------------------------------------------------- which tests an uplink gets
EVERYTHING = ThroughputSettings(iperf_server="far.example:5201", web_download="http://far.example/x")


def test_everything_configured_is_wanted() -> None:
    every_s = wanted(an_uplink_with_reflector(), EVERYTHING, is_metered=False)

    assert every_s == {
        Method.TRAIN: HOUR,
        Method.IPERF_TCP: 2 * HOUR,
        Method.IPERF_UDP: 2 * HOUR,
        Method.WEB: 2 * HOUR,
    }


def test_without_reflector_or_configuration_nothing_is_wanted() -> None:
    assert wanted(an_uplink(), TRAINS, is_metered=False) == {}
    assert wanted(an_uplink(), ThroughputSettings(iperf_server="reflector"), is_metered=False) == {}


def test_iperf_may_run_on_the_reflector() -> None:
    tests = wanted(an_uplink_with_reflector(), ThroughputSettings(iperf_server="reflector"), is_metered=False)

    assert set(tests) == {Method.TRAIN, Method.IPERF_TCP, Method.IPERF_UDP}


def test_a_metered_uplink_is_spared() -> None:
    assert wanted(an_uplink_with_reflector(), EVERYTHING, is_metered=True) == {}


@pytest.mark.parametrize("budget_mb", [1, 5, 30, 200])
def test_a_budgeted_metered_uplink_gets_trains_alone_and_no_more_than_it_pays_for(budget_mb: int) -> None:
    settings = replace(EVERYTHING, metered_mb_month=budget_mb)
    tests = wanted(an_uplink_with_reflector(), settings, is_metered=True)

    assert set(tests) == {Method.TRAIN}
    assert 31 * 86400 / tests[Method.TRAIN] * 1.29 <= budget_mb * 1.01


def test_a_rich_budget_does_not_make_trains_more_frequent() -> None:
    settings = replace(TRAINS, metered_mb_month=10_000)

    assert wanted(an_uplink_with_reflector(), settings, is_metered=True) == {Method.TRAIN: HOUR}
