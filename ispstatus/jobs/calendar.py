"""What happens by the calendar: one table of chores, run by APScheduler.

APScheduler waits for wall time and so stands still after the wall clock steps back; ``rebuild`` starts it afresh.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from ispstatus.clock import Clock

GRACE_S = 300

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing to do again and again."""

    name: str
    do: Callable[[], None]
    every_s: int


class Calendar:
    """Runs chores one at a time on a thread of its own."""

    def __init__(self, clock: Clock, chores: Sequence[Chore]) -> None:
        self._clock = clock
        self._chores = tuple(chores)
        self._scheduler: BackgroundScheduler | None = None
        self._one_at_a_time = threading.Lock()  # a rebuilt scheduler has a thread beside the old one's last chore
        self.beat_boot_s = clock.boot()

    def start(self) -> None:
        """Start the scheduler with every chore in it."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE_S},
        )
        for chore in self._chores:
            scheduler.add_job(self._run, "interval", args=[chore], seconds=chore.every_s, id=chore.name)
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Start nothing more; what runs may end."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def rebuild(self) -> None:
        """Begin afresh after a step of the wall clock."""
        self.stop()
        self.start()

    def _run(self, chore: Chore) -> None:
        with self._one_at_a_time:
            self.beat_boot_s = self._clock.boot()
            try:
                chore.do()
            except Exception:  # noqa: BLE001  one failed chore must not end the calendar
                _log.exception("chore=%s failed", chore.name)
