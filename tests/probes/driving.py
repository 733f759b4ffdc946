"""Runs probes from a test's thread, and makes clocks jump."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from ispstatus.clock import SYSTEM, Clock
from ispstatus.model.net import LinkStatus, Path
from ispstatus.model.uplink import Family
from ispstatus.net.sockets import echo_mode
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine

WAIT_S = 10.0
HELD_S = 0.2
"""How long a test keeps an engine from looking: less than what the engine calls late."""
NOWHERE = "192.0.2.1"

T = TypeVar("T")
Probe = Callable[[Callable[[Any], None]], Handle]

needs_echo = pytest.mark.skipif(
    echo_mode() == "unavailable", reason="needs CAP_NET_RAW or net.ipv4.ping_group_range for echoes"
)


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="needs IPv6 on loopback")


def loopback(family: Family = 4, **changes: Any) -> Path:
    """Return the way out by ``lo``."""
    facts: dict[str, Any] = {
        "uplink_id": 1,
        "family": family,
        "device": "lo",
        "link": LinkStatus.UP,
        "generation": 1,
        "ifindex": 1,
        "source": "127.0.0.1" if family == 4 else "::1",
        "has_default": True,
    }
    return Path(**(facts | changes))


class Driver:
    """An engine, driven from outside."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def on_engine(self, action: Callable[[], T]) -> T:
        """Return what ``action`` returns on the engine thread."""
        results: list[T] = []
        errors: list[BaseException] = []
        done = threading.Event()

        def run() -> None:
            try:
                results.append(action())
            except BaseException as error:  # noqa: BLE001  raised again on the test's thread
                errors.append(error)
            done.set()

        self.engine.post(run)
        assert done.wait(WAIT_S), "the engine does not turn"
        if errors:
            raise errors[0]
        return results[0]

    def hear(self, probe: Probe, *, meanwhile: Callable[[], None] | None = None) -> Any:
        """Start a probe with a ``done`` of ours and return what that is told."""
        heard: list[Any] = []
        done = threading.Event()
        has_returned = threading.Event()

        def take(sample: Any) -> None:
            assert has_returned.is_set(), "done was called before the probe returned"
            heard.append(sample)
            done.set()

        def start() -> None:
            probe(take)
            has_returned.set()

        self.on_engine(start)
        if meanwhile is not None:
            meanwhile()
        assert done.wait(WAIT_S), "the probe never ends"
        self.on_engine(lambda: None)
        assert len(heard) == 1, "done was called twice"
        return heard[0]


def then_busy(probe: Probe) -> Probe:
    """Return a probe during which the engine does something else for ``HELD_S``."""

    def start(done: Callable[[Any], None]) -> Handle:
        handle = probe(done)
        time.sleep(HELD_S)
        return handle

    return start


class JumpingClock:
    """The system's clocks, with jumps."""

    def __init__(self) -> None:
        self.wall_offset_s = 0.0
        self.boot_offset_s = 0.0
        self.clock = Clock(
            wall=lambda: SYSTEM.wall() + self.wall_offset_s, boot=lambda: SYSTEM.boot() + self.boot_offset_s
        )

    def sleep(self, seconds: float) -> None:
        """Let time pass as if the box had been suspended: both clocks move on, nothing ran."""
        self.boot_offset_s += seconds
        self.wall_offset_s += seconds


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` holds."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.005)
