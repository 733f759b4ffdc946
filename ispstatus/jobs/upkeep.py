"""What the calendar does to the database: closing days, pruning. Blocks the calendar's thread, never the writer's."""

import threading

from ispstatus.actions.prune import plan_prune, prune
from ispstatus.actions.rollup import close_days
from ispstatus.clock import Clock
from ispstatus.jobs.recorder import Submit

_COMMIT_S = 60.0
_BREATH_S = 0.05
"""Between two slices: the minute's commit goes first."""


class Upkeep:
    """Works in slices until all is done, or ``stopping`` is set."""

    def __init__(self, clock: Clock, submit: Submit, stopping: threading.Event) -> None:
        self._clock = clock
        self._submit = submit
        self._stopping = stopping

    def close_days(self) -> None:
        """Pack every day that is over."""
        while self._submit(close_days).result(_COMMIT_S) and not self._stopping.is_set():
            pass

    def prune(self) -> None:
        """Forget what is older than it is kept."""
        run = self._submit(lambda db: plan_prune(db, self._clock.wall())).result(_COMMIT_S)
        while not run.is_done and not self._stopping.wait(_BREATH_S):
            run = self._submit(lambda db, run=run: prune(db, run)).result(_COMMIT_S)  # type: ignore[misc]
