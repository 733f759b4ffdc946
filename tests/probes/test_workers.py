"""Threads for HTTP: no more than needed, none lost."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.probes.engine import Engine
from ispstatus.probes.handover import Fetcher
from ispstatus.probes.workers import AT_ONCE_PER_UPLINK, Job, Workers
from tests.probes.driving import Driver, eventually

pytestmark = pytest.mark.usefixtures("open_files")


class Gate:
    """Jobs that wait until they are let through."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._open = threading.Event()
        self.started: list[int] = []
        self.ended: list[int] = []
        self.aborted: list[int] = []

    def submit(self, uplink_id: int) -> Job:
        job = Job(
            uplink_id, self._run(uplink_id), partial(self.ended.append, uplink_id), partial(self._abort, uplink_id)
        )
        self._driver.on_engine(lambda: self._driver.engine.part(Workers).submit(job))
        return job

    def open(self) -> None:
        self._open.set()

    def _run(self, uplink_id: int) -> Callable[[Fetcher], None]:
        def run(_: Fetcher) -> None:
            self.started.append(uplink_id)
            self._open.wait(10)

        return run

    def _abort(self, uplink_id: int) -> None:
        self.aborted.append(uplink_id)
        self._open.set()


@pytest.fixture
def gate(driver: Driver) -> Iterator[Gate]:
    gate = Gate(driver)
    yield gate
    gate.open()


def _threads() -> int:
    return sum(thread.name.startswith("http-") for thread in threading.enumerate())


def test_one_uplink_holds_at_most_four_and_another_is_served_beside_it(gate: Gate) -> None:
    for _ in range(AT_ONCE_PER_UPLINK + 3):
        gate.submit(1)
    gate.submit(2)
    eventually(lambda: len(gate.started) == AT_ONCE_PER_UPLINK + 1)
    assert sorted(gate.started) == [1] * AT_ONCE_PER_UPLINK + [2]
    gate.open()
    eventually(lambda: len(gate.ended) == AT_ONCE_PER_UPLINK + 4)


def test_there_are_never_more_threads_than_allowed() -> None:
    engine = Engine(SYSTEM, http_workers=2)
    engine.start()
    gate = Gate(Driver(engine))
    for uplink_id in range(6):
        gate.submit(uplink_id)
    eventually(lambda: len(gate.started) == 2)
    assert _threads() == 2
    gate.open()
    eventually(lambda: len(gate.ended) == 6)
    engine.stop()
    eventually(lambda: _threads() == 0)


def test_a_job_that_was_given_up_is_not_run(gate: Gate) -> None:
    for _ in range(AT_ONCE_PER_UPLINK):
        gate.submit(1)
    waiting = gate.submit(1)
    assert waiting.claim()
    assert not waiting.claim()
    gate.open()
    eventually(lambda: len(gate.ended) == AT_ONCE_PER_UPLINK)
    assert len(gate.started) == AT_ONCE_PER_UPLINK


def test_a_job_that_breaks_costs_no_thread(driver: Driver, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[int] = []
    for number in range(10):
        job = Job(1, lambda _: 1 / 0, partial(ended.append, number), lambda: None)  # type: ignore[arg-type]
        driver.on_engine(lambda job=job: driver.engine.part(Workers).submit(job))  # type: ignore[misc]
    eventually(lambda: len(ended) == 10)
    assert "an HTTP job failed" in caplog.text


def test_stopping_cuts_short_what_runs_and_what_waits(driver: Driver, gate: Gate) -> None:
    for _ in range(AT_ONCE_PER_UPLINK + 1):
        gate.submit(1)
    eventually(lambda: len(gate.started) == AT_ONCE_PER_UPLINK)
    driver.engine.stop()
    assert len(gate.aborted) == AT_ONCE_PER_UPLINK + 1
    eventually(lambda: _threads() == 0)
