"""A timeline told in seconds after 12:00:00, and its minutes in short."""

from typing import Any

from ispstatus.analytics.seconds import Seconds, Timeline
from ispstatus.model.state import Fault, State
from tests.helpers.make import NOON_TS

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN


class Story:
    """A timeline that starts at noon (or later) and is told in seconds after noon."""

    def __init__(self, started: float = 0.0, **given: Any) -> None:
        self.line = Timeline(NOON_TS + started, **given)

    def judge(self, state: State, start: float, *, since: float | None = None, fault: Fault | None = None) -> None:
        where = fault or (Fault.ACCESS if state is DOWN else Fault.NONE)
        self.line.judge(state, where, NOON_TS + start, since_ts=None if since is None else NOON_TS + since)

    def minutes_up(self, count: int, first: int = 0) -> None:
        for minute in range(first, first + count):
            self.judge(UP, minute * 60)

    def take(self, now: float, **given: Any) -> dict[int, str]:
        """Return the changed minutes by number, in short."""
        return {(s.ts - NOON_TS) // 60: short(s) for s in self.line.take(NOON_TS + now, **given)}

    def minute(self, number: int, now: float) -> str:
        seconds = self.line.seconds_of(NOON_TS + number * 60, NOON_TS + now)
        return "gap" if seconds is None else short(seconds)


def short(seconds: Seconds) -> str:
    """Return a minute as "DOWN up=50 down=10", empty classes left out."""
    counts = {
        "up": seconds.up_s,
        "degraded": seconds.degraded_s,
        "down": seconds.down_s,
        "unknown": seconds.unknown_s,
        "excluded": seconds.excluded_s,
    }
    assert sum(counts.values()) == 60
    return " ".join([seconds.state.name, *(f"{name}={count}" for name, count in counts.items() if count)])
