"""The only place that reads a clock.

Two clocks, never mixed: wall time says *when* something happened, boot time says *how long* it took.
Boot time (CLOCK_BOOTTIME) never steps and goes on through suspend.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Both clocks, handed down so that tests can hold them still."""

    wall: Callable[[], float]
    """Seconds since the epoch, UTC; steps whenever somebody sets the clock."""
    boot: Callable[[], float]
    """Seconds since boot, suspend included; never steps."""

    def now(self) -> datetime:
        """Return the wall time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.wall(), UTC)

    def wall_of(self, boot_s: float) -> float:
        """Return the wall time (epoch seconds) of a boot time, by the wall clock of this moment."""
        return self.wall() - (self.boot() - boot_s)


def _boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


SYSTEM = Clock(wall=time.time, boot=_boot)
