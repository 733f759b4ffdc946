"""Upkeep goes on slice by slice until nothing is left, or the daemon stops."""

import threading
from concurrent.futures import Future
from typing import Any

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.jobs import upkeep
from ispstatus.jobs.upkeep import Upkeep


class Slices:
    """A writer with so many slices of work left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def submit(self, _write: Any) -> "Future[Any]":
        self.left -= 1
        done: Future[Any] = Future()
        done.set_result(self)
        return done

    @property
    def is_done(self) -> bool:
        return self.left <= 0

    def __bool__(self) -> bool:
        return self.left > 0


@pytest.fixture(autouse=True)
def breathless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_BREATH_S", 0.0)


@pytest.mark.parametrize("work", [Upkeep.close_days, Upkeep.prune])
def test_it_goes_on_until_nothing_is_left(work: Any) -> None:
    slices = Slices(5)
    work(Upkeep(SYSTEM, slices.submit, threading.Event()))

    assert slices.left == 0


@pytest.mark.parametrize("work", [Upkeep.close_days, Upkeep.prune])
def test_it_ends_after_a_slice_when_the_daemon_stops(work: Any) -> None:
    slices, stopping = Slices(5), threading.Event()
    stopping.set()
    work(Upkeep(SYSTEM, slices.submit, stopping))

    assert slices.left == 4
