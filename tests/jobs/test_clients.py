"""Clients share cycles: who asks joins, takes what is fresh, or starts one; nobody waits long, and few at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typing_extensions import override

from ispstatus.jobs import clients as clients_module
from ispstatus.jobs.clients import Clients
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.messages import StatusAsked
from ispstatus.model.errors import NotFound
from ispstatus.model.evidence import Trigger
from ispstatus.model.report import StatusReport
from ispstatus.model.state import State
from tests.helpers.make import an_uplink
from tests.jobs.bench import Bench
from tests.jobs.rig import Rig
from tests.probes.driving import eventually

WAIT_S = 10.0


class Asking(Bench):
    """Two uplinks, clients on threads of their own, and this thread as the coordinator's."""

    def __init__(self, rig: Rig, directory: Path) -> None:
        super().__init__(rig, directory, uplinks=2)
        self.messages: list[StatusAsked] = []
        self.clients = Clients(self.clock, self.roster, cast(Any, self.messages.append))
        self.started: list[str] = []
        self.threads = ThreadPoolExecutor(16)
        self.clients.publish()

    @override
    def close(self) -> None:
        self.threads.shutdown()
        super().close()

    def ask(self, name: str | None = None, *, cached: bool = False) -> "Future[StatusReport]":
        """Let a client ask."""
        return self.threads.submit(self.clients.status, name, cached)

    def hear(self, count: int = 1) -> None:
        """Take so many questions, as the coordinator does."""
        eventually(lambda: len(self.messages) >= count)
        for _ in range(count):
            self.clients.ask(self.messages.pop(0), self._start)

    def give(self, *names: str, state: State = State.UP) -> None:
        """Give the verdict of the cycle that runs on these uplinks."""
        for live in self.roster:
            if live.uplink.name in names:
                store = self.clients.waits_for(live)
                self.judge.judge(live, self.cycle(state, uplink=live.uplink), None, (), store=store)
                live.cycle = None
                self.clients.verdict_given(live)

    def _start(self, live: LiveUplink, trigger: Trigger) -> None:
        assert trigger is Trigger.CLIENT
        self.started.append(live.uplink.name)
        live.cycle = cast(Any, object())


@pytest.fixture
def here(rig: Rig, tmp_path: Path) -> Iterator[Asking]:
    made = Asking(rig, tmp_path)
    yield made
    made.close()


def live_of(report: StatusReport) -> dict[str, bool]:
    return {one.uplink.name: one.is_live for one in report.uplinks}


def told(future: "Future[StatusReport]") -> StatusReport:
    return future.result(WAIT_S)


# ---------------------------------------------------------------- one cycle for all
def test_who_asks_starts_a_cycle_of_every_uplink_and_gets_its_verdicts(here: Asking) -> None:
    asked = here.ask()
    here.hear()
    here.give("line1", "line2")

    report = told(asked)
    assert here.started == ["line1", "line2"]
    assert live_of(report) == {"line1": True, "line2": True}
    assert [one.decision.state for one in report.uplinks] == [State.UP, State.UP]
    assert [one.age_ms for one in report.uplinks] == [0, 0]


def test_who_asks_for_one_uplink_leaves_the_others_alone(here: Asking) -> None:
    asked = here.ask("line2")
    here.hear()
    here.give("line2")

    assert here.started == ["line2"]
    assert live_of(told(asked)) == {"line2": True}


def test_who_comes_later_joins_the_running_cycle_whatever_its_age(here: Asking) -> None:
    first = here.ask("line1")
    here.hear()
    here.pass_time(6.5)
    second = here.ask("line1")
    here.hear()
    here.give("line1")

    assert here.started == ["line1"]
    assert live_of(told(first)) == live_of(told(second)) == {"line1": True}


def test_a_running_cycle_is_joined_even_if_the_last_verdict_is_fresh(here: Asking) -> None:
    here.give("line1")
    here.live.cycle = cast(Any, object())  # an event has started it
    asked = here.ask("line1")
    here.hear()
    assert not asked.done()
    here.give("line1")

    assert here.started == []
    assert live_of(told(asked)) == {"line1": True}


def test_an_answer_waits_for_the_last_of_its_uplinks(here: Asking) -> None:
    asked = here.ask()
    here.hear()
    here.give("line2")
    assert not asked.done()
    here.give("line1")

    assert live_of(told(asked)) == {"line1": True, "line2": True}


@pytest.mark.parametrize(
    ("metered", "age_s", "is_reused"),
    [(False, 5.0, True), (False, 5.1, False), (True, 30.0, True), (True, 30.1, False)],
)
def test_a_fresh_verdict_is_handed_out_again_with_its_age(
    here: Asking, metered: bool, age_s: float, is_reused: bool
) -> None:
    here.roster.replace([an_uplink(id=1, name="line1", metered=metered)])
    here.give("line1")
    here.pass_time(age_s)
    asked = here.ask("line1")
    here.hear()
    here.give(*[] if is_reused else ["line1"])

    (report,) = told(asked).uplinks
    assert (here.started == []) is is_reused
    assert report.is_live is not is_reused
    assert report.age_ms == pytest.approx(age_s * 1000 if is_reused else 0, abs=1)


def test_a_budget_that_pays_for_no_clients_cycle_gives_them_the_minutes_verdict(here: Asking) -> None:
    here.give("line1")
    here.live.allowance = cast(Any, SimpleNamespace(may_serve=False))
    here.pass_time(69.0)
    asked = here.ask("line1")
    here.hear()

    assert live_of(told(asked)) == {"line1": False}
    assert here.started == []


def test_twenty_clients_at_once_cause_one_cycle(here: Asking) -> None:
    asked = [here.ask("line1") for _ in range(20)]
    eventually(lambda: sum(future.done() for future in asked) == 17)
    here.hear(3)
    here.give("line1")

    assert here.started == ["line1"]
    assert sorted(live_of(told(future))["line1"] for future in asked) == [False] * 17 + [True] * 3


def test_only_three_wait_at_once_the_next_gets_the_last_verdict_at_once(here: Asking) -> None:
    waiting = [here.ask("line1") for _ in range(3)]
    here.hear(3)
    assert here.clients.waiting_count == 3

    fourth = here.ask("line1")
    assert live_of(told(fourth)) == {"line1": False}
    here.give("line1")
    assert [live_of(told(future)) for future in waiting] == [{"line1": True}] * 3
    assert here.clients.waiting_count == 0


def test_who_waited_too_long_gets_the_last_verdict_and_is_forgotten(
    here: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients_module, "WAIT_S", 0.05)
    asked = here.ask("line1")
    here.hear()

    assert live_of(told(asked)) == {"line1": False}
    here.clients.expire(here.rig.now)
    assert here.clients.waiting_count == 0
    assert not here.clients.waits_for(here.live)


# ---------------------------------------------------------------- without probing
@pytest.mark.parametrize("ask", [lambda c: c.status(None, True).uplinks, lambda c: c.last()], ids=["cached", "last"])
def test_cached_answers_never_ask_for_anything(here: Asking, ask: Callable[[Clients], Any]) -> None:
    here.give("line1", "line2")
    here.pass_time(40.0)

    reports = ask(here.clients)

    assert here.messages == []
    assert [(one.is_live, one.age_ms) for one in reports] == [(False, 40_000)] * 2


def test_before_the_first_verdict_an_uplink_is_listed_as_starting(here: Asking) -> None:
    (one, _) = here.clients.status(None, True).uplinks

    assert (one.decision.reason, one.measured_at, one.age_ms, one.evidence) == ("starting", None, 0, None)


def test_a_name_nobody_has_is_refused_with_those_known(here: Asking) -> None:
    with pytest.raises(NotFound) as refused:
        here.clients.status("line3", False)

    assert refused.value.known == ("line1", "line2")


# ---------------------------------------------------------------- persisted
def test_a_verdict_a_client_waited_for_is_committed_before_it_is_told(here: Asking) -> None:
    here.give("line1", "line2")
    here.pass_time(60.0)
    commits = here.disk.commits
    asked = here.ask("line1")
    here.hear()
    here.give("line1")

    assert told(asked).is_persisted
    assert here.disk.commits == commits + 1


def test_a_verdict_the_disk_refused_is_not_called_persisted(here: Asking) -> None:
    here.disk.is_full = True
    here.give("line1")
    assert not here.clients.status("line1", True).is_persisted

    here.disk.is_full = False
    here.give("line1", state=State.DEGRADED)
    assert here.clients.status("line1", True).is_persisted


def test_a_slow_disk_is_not_waited_for(here: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_module, "COMMIT_WAIT_S", 0.02)
    here.disk.is_slow = True
    here.give("line1")

    assert not here.clients.status("line1", True).is_persisted


def test_by_a_clock_never_set_nothing_is_called_persisted(here: Asking) -> None:
    here.rig.hands.wall = 1000.0
    here.give("line1")

    assert not here.clients.status("line1", True).is_persisted


def test_one_uplinks_commit_does_not_speak_for_the_others(here: Asking) -> None:
    here.give("line1")
    here.disk.is_full = True
    here.give("line2")

    assert here.clients.status("line1", True).is_persisted
    assert not here.clients.status(None, True).is_persisted


def test_answers_are_told_from_many_threads_at_once(here: Asking) -> None:
    here.give("line1", "line2")
    wrong: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(200):
                assert len(here.clients.status(None, True).uplinks) == 2
        except BaseException as error:  # noqa: BLE001  told on the test's thread
            wrong.append(error)

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    for _ in range(50):
        here.clients.publish()
    for looker in lookers:
        looker.join()
    assert wrong == []
