"""The thread that owns the one writing connection.

Whoever wants something remembered hands over a function of the database; each runs in a transaction of its own, in the
order handed over, and its Future is done once the commit is on the disk. While the disk is full or broken everything
waits in memory and is tried again; nothing that was promised is lost.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ispstatus.clock import Clock
from ispstatus.model.errors import NewerSchema, StorageError, StorageFull
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.store import events
from ispstatus.store.ballast import Disk
from ispstatus.store.db import Db
from ispstatus.store.errors import CorruptFile, TryAgain
from ispstatus.store.keeper import Keeper
from ispstatus.store.layout import free_bytes
from ispstatus.store.lock import WriterLock

log = logging.getLogger(__name__)

T = TypeVar("T")

BACKLOG = 3000
"""Transactions that may wait: two days of minutes."""
_OPEN_S = 10.0
_REPLACE_S = 600.0
"""A file is not replaced more often: what breaks every file is no damage of this one."""


@dataclass(frozen=True, slots=True)
class _Job:
    write: Callable[[Db], Any]
    future: "Future[Any]"

    def fail(self, error: Exception) -> None:
        with suppress(InvalidStateError):  # cancelled: nobody waits
            self.future.set_exception(error)

    def succeed(self, result: object) -> None:
        with suppress(InvalidStateError):
            self.future.set_result(result)


class Writer:
    """Owns the database file of one state directory, from ``start`` to ``stop``."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        backlog: int = BACKLOG,
        retry_s: float = 1.0,
        disk: Disk | None = None,
        on_replaced: Callable[[], None] | None = None,
    ) -> None:
        """``on_replaced`` is called on the writer thread after a damaged file was replaced at run time."""
        self.path = path
        self._clock = clock
        self._limit = backlog
        self._retry_s = retry_s
        self._keeper = Keeper(path, clock, disk or Disk(path, free_bytes), on_replaced)
        self._lock = WriterLock(path)
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._is_stopping = False
        self._first_open: Future[None] = Future()
        self._problem: str | None = "starting"
        self._is_writing = False
        self._suspended_boot_s: float | None = None
        self._beat_boot_s = clock.boot()
        self._replaced_boot_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    # ------------------------------------------------------------ from any thread
    def start(self) -> None:
        """Take the state directory and open the database, checked and migrated.

        Raises NewerSchema, and StorageError if another process writes here. A full or broken disk raises nothing: it is
        tried again until it works.
        """
        self._lock.take()
        self._thread.start()
        try:
            self._first_open.result(_OPEN_S)
        except TimeoutError:
            return
        except NewerSchema:
            self.stop()
            raise

    def submit(self, write: Callable[[Db], T]) -> "Future[T]":
        """Have ``write(db)`` run in a transaction of its own; never blocks.

        The Future gives what ``write`` returned once it is committed, or what it raised (and nothing was written). It
        is done at once with StorageFull when too much waits already, with StorageError after ``stop``.
        """
        future: Future[T] = Future()
        with self._changed:
            if self._is_stopping:
                future.set_exception(StorageError("the writer has stopped"))
            elif len(self._jobs) >= self._limit:
                future.set_exception(StorageFull(f"{self._limit} transactions wait already: {self._problem}"))
            else:
                self._jobs.append(_Job(write, future))
                self._changed.notify_all()
        return future

    def write(self, write: Callable[[Db], T], within_s: float) -> T:
        """Do what ``submit`` does and wait for it; StorageError, with what is wrong, when it takes longer."""
        future = self.submit(write)
        try:
            return future.result(within_s)
        except TimeoutError as error:
            future.cancel()
            raise StorageError(f"nothing could be written within {within_s:.0f} s: {self._problem}") from error

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Commit what waits, if the disk takes it, and close; return whether the thread has ended."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        has_ended = not self._thread.is_alive()
        if has_ended:
            self._lock.release()
        return has_ended

    @property
    def beat_boot_s(self) -> float:
        """When the thread last turned."""
        return self._beat_boot_s

    @property
    def problem(self) -> str | None:
        """What is wrong with the storage, in words; None when nothing is. Writing may still work (see is_writing)."""
        return self._problem

    @property
    def is_writing(self) -> bool:
        """False while nothing can be committed."""
        return self._is_writing

    @property
    def backlog(self) -> int:
        """Transactions that wait."""
        return len(self._jobs)

    # ------------------------------------------------------------ the thread
    def _run(self) -> None:
        while self._attempt(self._open) and not self._first_open.done():
            pass
        while True:
            self._beat_boot_s = self._clock.boot()
            job = self._next()
            if job is not None:
                if not self._finish(job):
                    break
                self._jobs.popleft()
            elif self._is_stopping or not self._attempt(self._keeper.carry_over):
                break
        self._end()

    def _next(self) -> _Job | None:
        """Return the oldest job, waiting a moment for one; it stays in the queue until it is done."""
        with self._changed:
            if not self._jobs and not self._is_stopping and not self._keeper.has_leftovers:
                self._changed.wait(self._retry_s)
            return self._jobs[0] if self._jobs else None

    def _finish(self, job: _Job) -> bool:
        """Run one job to its end; return False if a stop leaves it undone."""
        while not job.future.done():
            if not self._attempt(lambda: self._commit(job)):
                return False
        return True

    def _commit(self, job: _Job) -> None:
        db = self._keeper.usable()
        try:
            with db.transaction():
                result = job.write(db)
        except (CorruptFile, StorageFull, TryAgain):
            raise
        except Exception as error:  # noqa: BLE001  the caller's own mistake is the caller's
            job.fail(error)
            return
        job.succeed(result)

    def _open(self) -> None:
        try:
            self._keeper.usable()
        except NewerSchema as error:
            self._first_open.set_exception(error)
        else:
            self._first_open.set_result(None)

    def _attempt(self, step: Callable[[], None]) -> bool:
        """Take one step with the file, and wait a moment if the file does not let us; False if that is the end."""
        self._beat_boot_s = self._clock.boot()
        try:
            step()
        except CorruptFile as error:
            return self._attempt_replacement(error)
        except Exception as error:  # noqa: BLE001  this thread must outlive every surprise
            return self._suspend(error)
        self._is_writing, self._problem = True, self._keeper.warning
        if self._suspended_boot_s is not None:
            self._resume(self._clock.boot() - self._suspended_boot_s)
        return True

    def _attempt_replacement(self, damage: CorruptFile) -> bool:
        if self._replaced_boot_s is not None and self._clock.boot() - self._replaced_boot_s < _REPLACE_S:
            return self._suspend(damage)
        self._replaced_boot_s = self._clock.boot()
        try:
            self._keeper.replace(str(damage))
        except Exception as error:  # noqa: BLE001  see above
            return self._suspend(error)
        return True

    def _suspend(self, error: Exception) -> bool:
        """Say once what is wrong and wait a moment; return False if we are to stop instead."""
        if isinstance(error, StorageFull) and self._keeper.free_room():
            return True
        if self._suspended_boot_s is None:
            log.warning("nothing is written for now, measuring and answering go on: %s", error)
            self._suspended_boot_s = self._clock.boot()
        self._is_writing, self._problem = False, str(error)
        if not isinstance(error, StorageFull):
            self._keeper.close()
        with self._changed:
            if not self._is_stopping:
                self._changed.wait(self._retry_s)
            return not self._is_stopping

    def _resume(self, after_s: float) -> None:
        """Say once that writing works again, and remember that it did not."""
        self._suspended_boot_s = None
        words = f"nothing could be written for {after_s:.0f} s"
        log.warning("%s; writing goes on with the %d changes that waited", words, self.backlog)
        event = EngineEvent(self._clock.now(), EventKind.STORAGE, words)
        self.submit(lambda db: events.add(db, event))

    def _end(self) -> None:
        with self._changed:
            left = list(self._jobs)
            self._jobs.clear()
            self._is_stopping = True
        for job in left:
            job.fail(StorageFull(f"stopped before it could be written: {self._problem}"))
        self._keeper.finish()
        self._is_writing = False
