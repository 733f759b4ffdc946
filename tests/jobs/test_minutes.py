"""Each minute is stored once for all uplinks, 4 s after its end, with its own seconds, echoes and checks."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.messages import EchoesTaken
from ispstatus.jobs.minutes import MinuteKeeper
from ispstatus.model.record import EventKind, Minute
from ispstatus.model.series import Protocol, Sample
from ispstatus.model.state import State
from ispstatus.store import samples, series
from tests.helpers.make import NOON_TS, PINGS
from tests.jobs.bench import Bench
from tests.jobs.rig import Rig, dead_between, rigged

UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN


class Keeping(Bench):
    """A bench with a keeper of minutes and every uplink's stream running; time passes as the coordinator sees it."""

    def __init__(self, rig: Rig, directory: Path, uplinks: int = 1) -> None:
        super().__init__(rig, directory, uplinks)
        ledger = Ledger(self.clock, ZoneInfo("UTC"), lambda month: {})
        self.keeper = MinuteKeeper(
            self.clock, rig.engine, self.recorder, self.roster, self.judge, ledger, self.posted.append
        )
        for live in self.roster:
            live.stream.aim(live.path, PINGS, None, 1.0)

    def go_on(self, seconds: int, state: State | None = UP) -> None:
        """Let time pass, with a verdict every 30 s unless None."""
        for second in range(seconds):
            if state is not None and second % 30 == 0:
                for live in self.roster:
                    self.judge.judge(live, self.cycle(state, uplink=live.uplink), None, (), store=False)
            self.rig.run(1.0)
            self.look()

    def look(self) -> None:
        """Do what the coordinator does in each turn."""
        self.keeper.collect_if_due(self.rig.now)
        self.rig.run(0.0)
        while self.posted:
            message = self.posted.pop(0)
            if isinstance(message, EchoesTaken):
                self.keeper.store(message)

    def minute(self, number: int) -> Minute:
        """Return a stored minute by its number since noon."""
        return next(minute for minute in self.minutes() if minute.ts == NOON_TS + 60 * number)

    def runs(self, number: int) -> dict[str, list[int | None]]:
        """Return the stored echoes of a minute by target, microseconds, None for lost."""
        ts = NOON_TS + 60 * number
        found = {one.target: samples.run_of(self.disk.db, ts, one.id) for one in series.of_agent(self.disk.db, 1)}
        return {target: list(run[1]) for target, run in found.items() if run is not None}


@pytest.fixture
def here(rig: Rig, tmp_path: Path) -> Iterator[Keeping]:
    made = Keeping(rig, tmp_path)
    yield made
    made.close()


def total(minute: Minute) -> int:
    return minute.up_s + minute.degraded_s + minute.down_s + minute.unknown_s + minute.excluded_s


# ---------------------------------------------------------------- what a minute holds
def test_samples_of_every_protocol_are_stored_with_their_minute_and_are_no_echoes(here: Keeping) -> None:
    at_boot_s = here.rig.now + 30.0
    mine = [
        Sample(Protocol.TCP, "far:12023", at_boot_s, 7.0, is_own=True),
        Sample(Protocol.TCP, "far:12023", at_boot_s + 5.0, None, is_own=True),
        Sample(Protocol.HTTP, "far:12023", at_boot_s, 8.0),
    ]
    here.live.sampler.tell_samples(mine)
    here.go_on(66)

    stored = {one.protocol: one for one in series.of_agent(here.disk.db, 1) if one.target == "far:12023"}
    assert {protocol: one.is_own for protocol, one in stored.items()} == {Protocol.TCP: True, Protocol.HTTP: False}
    assert samples.run_of(here.disk.db, NOON_TS, stored[Protocol.TCP].id) == ((30_000, 35_000), (7000, None))
    assert here.minute(0).sent == 60


def test_a_minute_is_stored_four_seconds_after_its_end(here: Keeping) -> None:
    here.go_on(63)
    assert all(minute.ts != NOON_TS or minute.sent == 0 for minute in here.minutes())

    here.go_on(1, None)
    minute = here.minute(0)
    assert (minute.state, minute.up_s, minute.unknown_s) == (UP, 60, 0)
    assert (minute.sent, minute.received, minute.rtt_max_us) == (60, 60, 20_000)
    assert sum(map(len, here.runs(0).values())) == 60


def test_one_commit_a_minute_for_all_uplinks(rig: Rig, tmp_path: Path) -> None:
    here = Keeping(rig, tmp_path, uplinks=3)
    here.go_on(65)
    commits = here.disk.commits

    here.go_on(600)

    assert here.disk.commits == commits + 10
    here.close()


def test_echoes_come_from_the_stream_without_its_bursts(here: Keeping) -> None:
    here.rig.line.behave = dead_between(here.rig.now + 9.5, here.rig.now + 10.9)
    here.go_on(64)

    minute = here.minute(0)
    assert len(here.rig.line.sent) == 65 + 3, "a burst left too"
    assert (minute.sent, minute.sent - minute.received) == (60, 1)


def test_a_loss_that_shows_three_seconds_after_the_minute_is_still_in_it(here: Keeping) -> None:
    here.rig.line.behave = lambda to, sent: 0.9  # a p99 of 0.9 s: an echo is lost after 2.7 s
    here.go_on(125)
    here.rig.line.behave = dead_between(here.rig.now + 40, here.rig.now + 60, rtt_s=0.9)
    here.go_on(60)

    minute = here.minute(2)
    assert minute.sent == 60
    assert minute.received < 60


def test_an_echo_belongs_to_the_minute_it_left_in(here: Keeping) -> None:
    here.go_on(300)

    assert [minute.sent for minute in here.minutes()[:4]] == [60, 60, 60, 60]


def test_a_minute_told_by_a_verdict_before_its_echoes_are_in_gets_them_later(here: Keeping) -> None:
    here.go_on(62)
    here.judge_as(State.DEGRADED)
    assert (here.minute(0).up_s, here.minute(0).sent) == (60, 0)

    here.go_on(2, None)
    assert (here.minute(0).up_s, here.minute(0).sent) == (60, 60)


# ---------------------------------------------------------------- nobody looked
def test_a_standstill_is_unknown_and_costs_no_echo_that_left_before_it(here: Keeping) -> None:
    here.go_on(100)
    here.rig.stand_still(180.0)
    here.rig.run(1.0)
    (stall,) = here.rig.stalls
    here.keeper.stalled(*stall)
    here.look()
    here.go_on(120)

    assert here.minute(1).sent in (40, 41)
    assert (here.minute(1).up_s, here.minute(1).unknown_s) == (40, 20)
    assert sum(here.runs(1).get(PINGS[0].address, [])) > 0  # type: ignore[arg-type]
    stood = [minute for minute in here.minutes() if NOON_TS + 120 <= minute.ts < NOON_TS + 240]
    assert all((minute.state, minute.unknown_s) == (UNKNOWN, 60) for minute in stood)
    assert sum(minute.down_s for minute in here.minutes()) == 0
    assert [kind for kind, _ in here.events()] == [EventKind.LATE]


def test_a_late_coordinator_loses_no_minute(here: Keeping) -> None:
    here.go_on(60)
    here.rig.run(70.0)  # the engine turns, the coordinator does not
    here.look()
    here.go_on(120)

    assert [here.minute(number).sent for number in range(3)] == [60, 60, 60]


# ---------------------------------------------------------------- the wall clock steps
def test_a_step_forward_keeps_the_minute_in_hand_and_leaves_the_rest_unknown(here: Keeping) -> None:
    here.go_on(90)
    here.rig.hands.wall += 3600.0
    here.keeper.clock_stepped(3600.0)
    here.go_on(120)

    assert (here.minute(1).up_s, here.minute(1).unknown_s) == (30, 30)
    assert sum(minute.up_s for minute in here.minutes()) == 60 + 30 + 30 + 60
    assert all(minute.ts < NOON_TS + 120 or minute.ts >= NOON_TS + 3600 for minute in here.minutes())
    assert here.events()[-1][0] is EventKind.CLOCK_FORWARD


def test_after_a_step_back_no_older_minute_is_told_again(here: Keeping) -> None:
    here.go_on(400)
    before = {minute.ts: minute for minute in here.minutes() if minute.ts < NOON_TS + 300}
    here.rig.hands.wall -= 200.0
    here.keeper.clock_stepped(-200.0)
    stepped_ts = here.rig.hands.wall
    here.go_on(30)

    after = {minute.ts: minute for minute in here.minutes()}
    assert all(after[ts] == minute for ts, minute in before.items() if ts < stepped_ts - 60)
    assert here.events()[-1][0] is EventKind.CLOCK_BACK


def test_by_a_clock_never_set_nothing_is_stored_until_it_is(here: Keeping) -> None:
    step_s = here.rig.hands.wall - 1000.0
    here.rig.hands.wall = 1000.0
    here.keeper.clock_stepped(-step_s)
    here.go_on(130)
    assert here.disk.commits == 0

    here.rig.hands.wall += step_s
    here.keeper.clock_stepped(step_s)
    here.go_on(130)
    assert all(minute.ts >= NOON_TS for minute in here.minutes())
    assert here.minutes()


# ---------------------------------------------------------------- the end
def test_a_stop_stores_the_minute_in_hand(here: Keeping) -> None:
    here.go_on(90)
    here.keeper.store_final()

    assert (here.minute(1).up_s, here.minute(1).unknown_s) == (30, 30)


HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("judge"), st.sampled_from([UP, DOWN, State.DEGRADED, UNKNOWN])),
        st.tuples(st.just("pass"), st.integers(1, 100)),
        st.tuples(st.just("stall"), st.integers(1, 200)),
        st.tuples(st.just("step"), st.sampled_from([-4000, -90, -5, 5, 90, 4000])),
        st.tuples(st.just("blip"), st.integers(3, 20)),
    ),
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(happenings=HAPPENINGS)
def test_whatever_happens_in_whatever_order_every_minute_sums_to_sixty(happenings: list[tuple[str, object]]) -> None:
    with rigged() as rig, TemporaryDirectory() as folder:
        here = Keeping(rig, Path(folder))
        for what, how in happenings:
            happen(here, what, how)
        here.go_on(70, None)
        here.keeper.store_final()
        stored = here.minutes()
        here.close()

    assert all(total(minute) == 60 for minute in stored)
    assert all(0 <= minute.received <= minute.sent <= 61 for minute in stored)
    assert all((minute.state is UNKNOWN) == (minute.unknown_s == 60) for minute in stored)


def happen(here: Keeping, what: str, how: object) -> None:
    if isinstance(how, State):
        here.judge_as(how)
    elif what == "pass":
        here.go_on(int(str(how)), None)
    elif what == "stall":
        here.rig.stand_still(float(str(how)))
        here.rig.run(0.1)
        for stall in here.rig.stalls:
            here.keeper.stalled(*stall)
        here.rig.stalls.clear()
    elif what == "step":
        here.rig.hands.wall += float(str(how))
        here.keeper.clock_stepped(float(str(how)))
    elif here.live.standing.decision.state is UP:
        first_bad_at = here.silence(lasted_s=float(str(how)))
        here.judge.blip(here.live, here.cycle(UP), first_bad_at, here.ago(0.5))
