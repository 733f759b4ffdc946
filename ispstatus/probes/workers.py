"""The threads that speak HTTP, up to 32, so that the engine never waits.

There are as many as are needed and no more: a new one starts only when a job has waited 20 ms, because threads that
all wake at once fight for the interpreter. One uplink holds at most four at a time, so that a hostile server behind
one uplink cannot keep the others waiting.
"""

import logging
import queue
import threading
from collections import Counter, deque
from collections.abc import Callable

from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.handover import Fetcher

AT_ONCE_PER_UPLINK = 4

_GROW_AFTER_S = 0.02
_log = logging.getLogger(__name__)


class Job:
    """One piece of work; whoever claims it first, a worker or the one who gave up on it, has it."""

    def __init__(
        self, uplink_id: int, run: Callable[[Fetcher], None], ended: Callable[[], None], abort: Callable[[], None]
    ) -> None:
        """``run`` is called on a worker thread; ``ended`` afterwards, and ``abort`` on stop, on the engine thread."""
        self.uplink_id = uplink_id
        self.run = run
        self.ended = ended
        self.abort = abort
        self._claim = threading.Lock()

    def claim(self) -> bool:
        """Take the job; False if somebody has it already."""
        return self._claim.acquire(blocking=False)

    @property
    def is_claimed(self) -> bool:
        """Whether somebody has it."""
        return self._claim.locked()


class Workers:
    """Hands jobs to threads. Engine thread only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._held: Counter[int] = Counter()
        self._thread_count = 0
        self._grower: Timer | None = None

    def submit(self, job: Job) -> None:
        """Let a worker run ``job`` as soon as its uplink has a slot and a worker is free."""
        self._waiting.append(job)
        self._hand_out()

    def close(self) -> None:
        """Cut every job short and let the threads end."""
        for job in (*self._waiting, *self._running):
            job.abort()
        for _ in range(self._thread_count):
            self._queue.put(None)

    def _hand_out(self) -> None:
        for job in list(self._waiting):
            if job.is_claimed:
                self._waiting.remove(job)
            elif self._held[job.uplink_id] < AT_ONCE_PER_UPLINK:
                self._waiting.remove(job)
                self._running.add(job)
                self._held[job.uplink_id] += 1
                self._queue.put(job)
        if self._thread_count == 0:
            self._start_threads(1)
        if self._grower is None and self._thread_count < self._engine.http_workers:
            self._grower = self._engine.at(self._engine.clock.boot() + _GROW_AFTER_S, self._grow)

    def _grow(self) -> None:
        """Add threads for half of what still waits; look again until nothing does."""
        self._grower = None
        backlog = self._queue.qsize()
        if backlog:
            self._start_threads((backlog + 1) // 2)
            self._hand_out()

    def _start_threads(self, count: int) -> None:
        for _ in range(min(count, self._engine.http_workers - self._thread_count)):
            threading.Thread(target=self._work, name=f"http-{self._thread_count + 1}", daemon=True).start()
            self._thread_count += 1

    def _work(self) -> None:
        fetcher = Fetcher(self._engine.clock)
        while (job := self._queue.get()) is not None:
            if job.claim():
                try:
                    job.run(fetcher)
                except Exception:  # noqa: BLE001  a worker outlives any job
                    _log.exception("an HTTP job failed")
            self._engine.post(self._ending(job))

    def _ending(self, job: Job) -> Callable[[], None]:
        def end() -> None:
            self._running.discard(job)
            self._held[job.uplink_id] -= 1
            if self._waiting:
                self._hand_out()
            job.ended()

        return end
