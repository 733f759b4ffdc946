"""When each uplink's minute cycle is due: on the boot clock, in its own place of the wall clock's minute."""

from collections.abc import Iterator

from ispstatus.clock import Clock
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.roster import Roster

MINUTE = 60
SPREAD_S = 10.0
"""Uplinks take turns over so many seconds, so that they do not probe all at once."""
LATE_S = 5.0
"""A cycle that begins later than this is worth a note."""


class Timetable:
    """Owned by the coordinator."""

    def __init__(self, clock: Clock, roster: Roster) -> None:
        self._clock = clock
        self._roster = roster

    def next_boot_s(self, default_boot_s: float) -> float:
        """Return when the next cycle is due; ``default_boot_s`` while nothing is followed."""
        return min((live.due_boot_s for live in self._roster), default=default_boot_s)

    def take_due(self, now_boot_s: float) -> Iterator[tuple[LiveUplink, float]]:
        """Yield each uplink that is due and by how many seconds it is late; its next place is in the coming minute.

        An uplink seen for the first time is due at once, and never late.
        """
        for number, live in enumerate(self._roster):
            if live.due_boot_s <= now_boot_s:
                late_s = now_boot_s - live.due_boot_s if live.due_boot_s else 0.0
                live.due_boot_s = self._place(now_boot_s, number)
                yield live, late_s

    def realign(self) -> None:
        """Follow a wall clock that has stepped."""
        now = self._clock.boot()
        for number, live in enumerate(self._roster):
            live.due_boot_s = self._place(now, number)

    def _place(self, now_boot_s: float, number: int) -> float:
        """Return the uplink's place in the next wall minute, at least half a minute ahead."""
        offset_s = SPREAD_S * number / max(1, len(self._roster))
        ahead_s = (offset_s - self._clock.wall()) % MINUTE
        return now_boot_s + (ahead_s if ahead_s >= MINUTE / 2 else ahead_s + MINUTE)
