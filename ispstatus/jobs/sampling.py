"""The samples of one uplink towards far ends of its own: each protocol in its own rhythm, spread over the seconds.

Lives on the engine thread; the coordinator says where and what. A line that is DOWN is sampled on: losses are losses.
What cannot be vouched for is no sample.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ispstatus.jobs.board import Board
from ispstatus.jobs.sessions import Asking, open_session
from ispstatus.jobs.tally import Tally
from ispstatus.jobs.tasks import Task
from ispstatus.model.net import Path
from ispstatus.model.sample import RoundTrip
from ispstatus.model.series import Protocol, Sample
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.packets import TRUSTED_STAMP_AGE_S

TIMEOUT_S = 3.0
"""An answer that takes longer is lost (RFC 6673's Tmax)."""

_GOLDEN = 0.618034
"""Multiples of it, less their whole part, are spread evenly however many there are."""


class Sampler:
    """Samples one uplink."""

    def __init__(
        self,
        uplink_id: int,
        engine: Engine,
        board: Board,
        tally: Tally,
        is_tested: Callable[[float], bool] = lambda _boot_s: False,
    ) -> None:
        """``is_tested`` says whether what left at a moment met a throughput test: that is no sample of the line."""
        self._uplink_id = uplink_id
        self._engine = engine
        self._board = board
        self._tally = tally
        self._is_tested = is_tested
        self._path: Path | None = None
        self._tasks: tuple[Task, ...] = ()
        self._sessions: list[Asking] = []
        self._timers: dict[Protocol, Timer] = {}
        self._taken: list[Sample] = []

    # ------------------------------------------------------------ from any thread
    def tell_aim(self, path: Path | None, tasks: Sequence[Task], paces: Mapping[Protocol, float]) -> None:
        """Let ``aim`` run on the engine thread."""
        self._engine.post(lambda: self.aim(path, tuple(tasks), paces))

    def tell_samples(self, samples: Sequence[Sample]) -> None:
        """Take in what a cycle measured, as far as nothing of ours measures it."""
        self._engine.post(lambda: self._take_in(samples))

    # ------------------------------------------------------------ told by the coordinator, on the engine thread
    def aim(self, path: Path | None, tasks: tuple[Task, ...], paces: Mapping[Protocol, float]) -> None:
        """Sample these through ``path``; None: nothing. ``paces``: how often each protocol is measured by anybody.

        What is in flight elsewhere is dropped.
        """
        self._board.set_pace(self._uplink_id, paces)
        if path is None:
            tasks = ()
        if (path, tasks) == (self._path, self._tasks):
            return
        self._stop()
        self._path, self._tasks = path, tasks
        now = self._engine.clock.boot()
        for place, task in enumerate(tasks):
            assert path is not None  # noqa: S101  without one there are no tasks
            session = open_session(self._engine, path, task)
            self._sessions.append(session)
            phase = (place / len(tasks) + self._uplink_id * _GOLDEN) % 1.0
            self._wait(task, session, path, now + phase * task.every_s)

    def take_samples(self, before_boot_s: float) -> list[Sample]:
        """Hand over the samples sent before ``before_boot_s``, oldest first, and forget them."""
        samples = [sample for sample in self._taken if sample.sent_boot_s < before_boot_s]
        self._taken = [sample for sample in self._taken if sample.sent_boot_s >= before_boot_s]
        return sorted(samples, key=lambda sample: sample.sent_boot_s)

    # ------------------------------------------------------------ sampling
    def _wait(self, task: Task, session: Asking, path: Path, due_boot_s: float) -> None:
        turn = partial(self._turn, task, session, path, due_boot_s)
        self._timers[task.protocol] = self._engine.at(due_boot_s, turn)

    def _turn(self, task: Task, session: Asking, path: Path, due_boot_s: float) -> None:
        now = self._engine.clock.boot()
        self._wait(task, session, path, max(due_boot_s + task.every_s, now + task.every_s / 2))
        self._tally.add_sample(path.family, task.protocol)
        session.probe(timeout_s=TIMEOUT_S, done=partial(self._hear, task))

    def _hear(self, task: Task, heard: RoundTrip) -> None:
        if heard.sent_boot_s is None or not heard.outcome.is_measured or self._is_doubtful(heard.sent_boot_s, heard):
            return
        self._note(Sample(task.protocol, task.target, heard.sent_boot_s, heard.rtt_ms, is_own=True))
        if heard.deltas is not None:
            self._board.note_deltas(self._uplink_id, heard.deltas)

    def _is_doubtful(self, sent_boot_s: float, heard: RoundTrip) -> bool:
        """Whether an answer was read so late that its receive stamp was not believed: the time told is this box's."""
        rtt_s = (heard.rtt_ms or 0.0) / 1000.0
        return rtt_s > TRUSTED_STAMP_AGE_S and self._engine.is_late(sent_boot_s, sent_boot_s + rtt_s)

    def _take_in(self, samples: Sequence[Sample]) -> None:
        ours = {task.protocol for task in self._tasks}
        for sample in samples:
            if sample.protocol not in ours:
                self._note(sample)

    def _note(self, sample: Sample) -> None:
        if self._is_tested(sample.sent_boot_s):
            return
        self._taken.append(sample)
        self._board.note(self._uplink_id, sample)

    def _stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for session in self._sessions:
            session.close()
        self._sessions.clear()
