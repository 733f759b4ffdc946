"""An engine per test, and the ways out of this box that need no permission: loopback."""

import os
import time
from collections.abc import Iterator

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.probes.engine import Engine
from tests.benchmarks.netlab import NetLab, why_not
from tests.probes.driving import Driver, JumpingClock


@pytest.fixture
def driver() -> Iterator[Driver]:
    """A running engine on the real clock."""
    engine = Engine(SYSTEM)
    engine.start()
    yield Driver(engine)
    engine.stop()


@pytest.fixture
def jumping() -> Iterator[tuple[Driver, JumpingClock]]:
    """A running engine on a clock that the test can make jump."""
    clock = JumpingClock()
    engine = Engine(clock.clock)
    engine.start()
    yield Driver(engine), clock
    engine.stop()


@pytest.fixture(scope="session")
def lab() -> Iterator[NetLab]:
    """Two uplinks to routers of our own, the targets one hop behind them."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with NetLab(2, hop=True) as lab:
        yield lab


@pytest.fixture
def lab_driver(lab: NetLab) -> Iterator[Driver]:
    """A running engine inside the lab."""
    engine = Engine(SYSTEM)
    engine.start()
    driver = Driver(engine)
    driver.on_engine(lab.enter)
    yield driver
    engine.stop()


SHARED = 2
"""Files that other fixtures of the session may open for good meanwhile; a leak repeats and is more."""


@pytest.fixture
def open_files() -> Iterator[None]:
    """Fail a test that leaves files open."""
    before = _open_files()
    yield
    deadline = time.monotonic() + 1.0  # a server of the test may still be closing its last socket
    while _open_files() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _open_files() <= before + SHARED


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted, not read
