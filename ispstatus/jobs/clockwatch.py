"""Notices when somebody steps the wall clock."""

from collections.abc import Callable

from ispstatus.clock import Clock

STEP_S = 1.0


class ClockWatch:
    """Compares the wall clock with the boot clock; look once a second."""

    def __init__(self, clock: Clock, on_step: Callable[[float], None]) -> None:
        """``on_step`` hears by how many seconds the wall clock jumped, negative for back."""
        self._clock = clock
        self._on_step = on_step
        self._offset_s = self._read()
        self.last_step_boot_s: float | None = None
        self.last_step_s = 0.0

    def look(self) -> None:
        """Compare once. Slow drift is followed silently."""
        offset_s = self._read()
        step_s = offset_s - self._offset_s
        self._offset_s = offset_s
        if abs(step_s) > STEP_S:
            self.last_step_boot_s, self.last_step_s = self._clock.boot(), step_s
            self._on_step(step_s)

    def _read(self) -> float:
        return self._clock.wall() - self._clock.boot()
