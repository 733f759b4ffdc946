"""A traceroute through one uplink: twenty echoes with rising time to live, all at once."""

from collections.abc import Callable

from typing_extensions import override

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.sample import Hop, Trace
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.icmp import Channels, Slot
from ispstatus.probes.packets import IcmpError

MAX_TTL = 20
TIMEOUT_S = 1.5


def probe_trace(
    engine: Engine, path: Path, target: str, done: Callable[[Trace], None], *, timeout_s: float = TIMEOUT_S
) -> Handle:
    """Find the way to ``target`` and tell ``done``: at once when it is complete, else after ``timeout_s``.

    Hops run from 1 to the target, or to the last one that answered (one silent hop when none did). A trace that
    could not be run has no hops.
    """
    trace = _Tracing(engine, target, done, int(engine.clock.wall()))
    try:
        trace.send(path, timeout_s)
    except CannotMeasure:
        trace.cancel()
        nothing = Trace(target, reached=False, hops=(), taken_ts=trace.taken_ts)
        return engine.at(0.0, lambda: done(nothing))
    return trace


class _Tracing:
    """One traceroute under way."""

    def __init__(self, engine: Engine, target: str, done: Callable[[Trace], None], taken_ts: int) -> None:
        self._engine = engine
        self._target = target
        self._done = done
        self.taken_ts = taken_ts
        self._hops: dict[int, Hop] = {}
        self._goal: int | None = None
        self._slots: list[_HopSlot] = []
        self._timer: Timer | None = None

    def send(self, path: Path, timeout_s: float) -> None:
        """Send every echo. CannotMeasure when this box would not."""
        channels = self._engine.part(Channels)
        for ttl in range(1, MAX_TTL + 1):
            slot = _HopSlot(self, self._target, ttl, timeout_s)
            channels.send(path, slot, ttl)
            self._slots.append(slot)
        self._timer = self._engine.at(self._engine.clock.boot() + timeout_s, self._end)

    def cancel(self) -> None:
        """Hear nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        for slot in self._slots:
            slot.cancel()

    def passed(self, ttl: int, address: str | None, rtt_s: float, *, is_goal: bool) -> None:
        """Take one hop's answer."""
        self._hops[ttl] = Hop(ttl, address, rtt_s * 1000.0)
        if is_goal and (self._goal is None or ttl < self._goal):
            self._goal = ttl
        if self._goal is not None and all(step in self._hops for step in range(1, self._goal)):
            self._end()

    def _end(self) -> None:
        self.cancel()
        last = self._goal or max(self._hops, default=1)
        hops = tuple(self._hops.get(ttl) or Hop(ttl, None, None) for ttl in range(1, last + 1))
        self._done(Trace(self._target, reached=self._goal is not None, hops=hops, taken_ts=self.taken_ts))


class _HopSlot(Slot):
    """One of the echoes."""

    __slots__ = ("_tracing", "_ttl")

    def __init__(self, tracing: _Tracing, address: str, ttl: int, timeout_s: float) -> None:
        super().__init__(address, timeout_s)
        self._tracing = tracing
        self._ttl = ttl

    @override
    def heard(self, received_boot_s: float) -> None:
        """The target itself answered."""
        self._take(self.source, received_boot_s, is_goal=True)

    @override
    def refused(self, error: IcmpError, received_boot_s: float) -> None:
        """A router on the way answered: "time exceeded", or that it cannot go on (shown as a hop)."""
        if error.is_remote:
            self._take(error.offender, received_boot_s, is_goal=error.offender == self.source)

    @override
    def fire(self) -> None:
        """Nothing came: the hop stays silent."""
        self.cancel()

    def _take(self, address: str | None, received_boot_s: float, *, is_goal: bool) -> None:
        self.cancel()
        self._tracing.passed(self._ttl, address, received_boot_s - self.sent_boot_s, is_goal=is_goal)
