"""The van of an invented history drives on while that is served, and pushes as any remote agent would."""

from collections.abc import Callable
from contextlib import suppress

from ispstatus.actions.demo_samples import VAN, van_report
from ispstatus.clock import Clock
from ispstatus.model.agent import Accepted, AgentReport
from ispstatus.model.errors import IspStatusError

EVERY_S = 10
MOST_S = 3600.0
"""After a longer pause the van has not measured either."""


class DemoVan:
    """Pushes what came since its last push."""

    def __init__(self, clock: Clock, take: Callable[[str, AgentReport], tuple[int, Accepted]]) -> None:
        self._clock = clock
        self._take = take
        self._until_ts = clock.wall()

    def push(self) -> None:
        """Push once; what could not be stored is pushed again the next time."""
        now_ts = self._clock.wall()
        with suppress(IspStatusError):
            self._take(VAN, van_report(max(self._until_ts, now_ts - MOST_S), now_ts))
            self._until_ts = now_ts
