"""The engine's real loop on a clock of a test's own: an hour passes in a moment, and always the same way.

Only two things are invented: epoll, whose waiting moves the clock, and the ICMP sockets, in whose place a ``Line``
says what becomes of each echo. Real sockets and real time are for the tests beside.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from ispstatus.clock import Clock
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.probes.engine import Engine
from ispstatus.probes.icmp import Channels, Slot
from tests.helpers.make import NOON_TS

BOOT_S = 1000.0
Behaviour = Callable[[str, float], float | None]
"""What becomes of an echo to this address that leaves at this boot time: its round trip in seconds, None for lost."""


class Hands:
    """Both clocks, moved by hand."""

    def __init__(self, wall: float = float(NOON_TS), boot: float = BOOT_S) -> None:
        self.wall, self.boot = wall, boot
        self.clock = Clock(wall=lambda: self.wall, boot=lambda: self.boot)

    def pass_time(self, seconds: float) -> None:
        """Move both on."""
        self.wall += seconds
        self.boot += seconds


class Line:
    """What carries echoes in place of sockets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.behave: Behaviour = lambda address, sent_boot_s: 0.02
        self.refuses = False
        """Whether this box would not send: no permission, no buffer."""
        self.sent: list[tuple[float, str]] = []
        """Boot time and address of every echo that left."""

    def send(self, path: Path, slot: Slot, ttl: int | None = None) -> None:
        if self.refuses:
            raise CannotMeasure("not permitted")
        slot.sent_boot_s, slot.channel = self._engine.clock.boot(), cast(Any, self)
        self._engine.arm(slot, slot.sent_boot_s + slot.timeout_s)
        self.sent.append((slot.sent_boot_s, slot.address))
        rtt_s = self.behave(slot.address, slot.sent_boot_s)
        if rtt_s is not None:
            self._engine.at(slot.sent_boot_s + rtt_s, lambda: self._deliver(slot))

    def forget(self, done: object) -> None:
        """An echo or a path nobody waits for any more."""

    def close(self) -> None:
        """Nothing to close."""

    def _deliver(self, slot: Slot) -> None:
        if slot.channel is not None:
            slot.heard(self._engine.clock.boot())


class _Sleeper:
    """Stands for epoll: nothing is ever readable, and waiting moves the clock."""

    def __init__(self, hands: Hands, engine: Engine) -> None:
        self._hands, self._engine = hands, engine

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        if not self._engine._posted:
            self._hands.pass_time(timeout)
        return []

    def close(self) -> None:
        """Nothing to close."""


class Rig:
    """An engine, its line, and the hands of its clock."""

    def __init__(self) -> None:
        self.hands = Hands()
        self.stalls: list[tuple[float, float]] = []
        self.engine = Engine(self.hands.clock, on_stall=lambda since, until: self.stalls.append((since, until)))
        self.engine._epoll.close()
        self.engine._epoll = cast(Any, _Sleeper(self.hands, self.engine))
        self.line = Line(self.engine)
        self.engine._parts[Channels] = self.line

    @property
    def now(self) -> float:
        """The boot time."""
        return self.hands.boot

    def run(self, seconds: float) -> None:
        """Let the engine turn for so long."""
        end = self.now + seconds
        while self.engine._posted or self.engine._next_turn_boot_s() <= end:
            self.engine._one_turn()
        self.hands.pass_time(max(0.0, end - self.now))

    def run_until(self, condition: Callable[[], bool], within_s: float = 60.0) -> None:
        """Let the engine turn until ``condition`` holds."""
        end = self.now + within_s
        while not condition():
            assert self.now < end, "never came true"
            self.engine._one_turn()

    def stand_still(self, seconds: float) -> None:
        """Let time pass without a turn: stopped, starved or suspended."""
        self.hands.pass_time(seconds)

    def sent_to(self, address: str, since_boot_s: float = 0.0) -> int:
        """Return how many echoes left for an address since then."""
        return sum(to == address and at >= since_boot_s for at, to in self.line.sent)


@contextmanager
def rigged() -> Iterator[Rig]:
    """Make a rig and take it down."""
    rig = Rig()
    try:
        yield rig
    finally:
        rig.engine.stop()


def dead_between(from_boot_s: float, to_boot_s: float, rtt_s: float = 0.02) -> Behaviour:
    """Lose every echo that leaves in this time; answer the others."""
    return lambda address, sent: None if from_boot_s <= sent < to_boot_s else rtt_s
