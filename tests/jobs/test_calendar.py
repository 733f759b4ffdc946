"""Chores run again and again, one at a time, whatever becomes of one of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.jobs.calendar import Calendar, Chore
from tests.probes.driving import eventually


@contextmanager
def running(*chores: Chore) -> Iterator[Calendar]:
    """A started calendar."""
    calendar = Calendar(SYSTEM, chores)
    calendar.start()
    try:
        yield calendar
    finally:
        calendar.stop()


class Counting:
    """A chore that counts."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.runs = 0
        self._then = then

    def __call__(self) -> None:
        self.runs += 1
        self._then()


def soon(name: str, do: Callable[[], None]) -> Chore:
    """Return a chore for every moment."""
    return Chore(name, do, every_s=0.02)  # type: ignore[arg-type]


def test_chores_run_again_and_again_and_each_run_is_a_beat() -> None:
    count = Counting()
    with running(soon("count", count)) as calendar:
        before = calendar.beat_boot_s
        eventually(lambda: count.runs > 2)

    assert calendar.beat_boot_s > before


def test_a_chore_that_fails_ends_neither_itself_nor_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise OSError("disk full")

    failing, other = Counting(fail), Counting()
    with running(soon("prune", failing), soon("close days", other)):
        eventually(lambda: failing.runs > 1 and other.runs > 1)

    assert "chore=prune failed" in caplog.text


def test_a_stopped_calendar_starts_nothing_more() -> None:
    count = Counting()
    with running(soon("count", count)) as calendar:
        eventually(lambda: count.runs > 0)
        calendar.stop()
        calendar.stop()  # harmless
        runs = count.runs
        eventually(lambda: all(not thread.name.startswith("APScheduler") for thread in threading.enumerate()))

    assert count.runs <= runs + 1, "one may have been under way"


def test_rebuilt_after_a_step_of_the_clock_it_goes_on() -> None:
    count = Counting()
    with running(soon("count", count)) as calendar:
        eventually(lambda: count.runs > 0)
        calendar.rebuild()
        runs = count.runs
        eventually(lambda: count.runs > runs + 1)


def test_a_chore_under_way_when_it_is_rebuilt_is_not_joined_by_another() -> None:
    go_on, at_once, most = threading.Event(), list[int](), list[int]()

    def slow() -> None:
        at_once.append(1)
        most.append(len(at_once))
        go_on.wait(0.3)
        at_once.pop()

    with running(soon("prune", slow)) as calendar:
        eventually(lambda: bool(most))
        calendar.rebuild()
        eventually(lambda: len(most) > 1)
        go_on.set()

    assert max(most) == 1
