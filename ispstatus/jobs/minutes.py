"""The minute deadline: collects a minute's echoes from the engine, then stores all uplinks in one commit."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import floor

from ispstatus.analytics.counts import count_echoes
from ispstatus.clock import Clock
from ispstatus.jobs.judgement import PLAUSIBLE_TS, Judge
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.messages import EchoesTaken, Message
from ispstatus.jobs.recorder import Recorder
from ispstatus.jobs.roster import Roster
from ispstatus.model.record import EngineEvent, EventKind, Minute, Run
from ispstatus.model.series import Protocol, Sample
from ispstatus.probes.engine import Engine

MINUTE = 60
AFTER_S = 4.0
"""Seconds after a minute's end: by then its last echo is answered or lost."""

_log = logging.getLogger(__name__)


class MinuteKeeper:
    """Owned by the coordinator; runs on its thread but for the collecting, which the engine does."""

    def __init__(
        self,
        clock: Clock,
        engine: Engine,
        recorder: Recorder,
        roster: Roster,
        judge: Judge,
        ledger: Ledger,
        post: Callable[[Message], None],
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._recorder = recorder
        self._roster = roster
        self._judge = judge
        self._ledger = ledger
        self._post = post
        self.due_boot_s = self._next_due()

    def collect_if_due(self, now_boot_s: float) -> None:
        """Ask the engine for the echoes and samples of the minute that ended 4 s ago."""
        if now_boot_s < self.due_boot_s:
            return
        wall = self._clock.wall()
        ended_ts = int(wall - AFTER_S / 2) // MINUTE * MINUTE
        ended_boot_s = now_boot_s - (wall - ended_ts)
        self.due_boot_s = self._next_due()
        followed = {live.uplink.id: (live.stream, live.sampler) for live in self._roster}

        def collect() -> None:
            echoes = {number: stream.take_echoes(ended_boot_s) for number, (stream, _) in followed.items()}
            samples = {number: sampler.take_samples(ended_boot_s) for number, (_, sampler) in followed.items()}
            self._post(EchoesTaken(ended_ts - MINUTE, ended_boot_s - MINUTE, echoes, samples))

        self._engine.post(collect)

    def store(self, taken: EchoesTaken) -> None:
        """Store the minute: seconds, counters and samples of every uplink, and what changed in older ones.

        Echoes of minutes that nobody could collect in time (stopped, suspended) go where they belong.
        """
        minutes: list[Minute] = []
        runs: list[Run] = []
        for live in self._roster:
            for run_of_minute in _by_minute(taken, taken.echoes.get(live.uplink.id, ())):
                live.counts.add(run_of_minute.ts, count_echoes((e.target, e.rtt_ms) for e in run_of_minute.samples))
                live.timeline.retell(run_of_minute.ts)  # even if its seconds were told before
                runs += _runs_of(live.uplink.id, run_of_minute)
            for of_minute in _by_minute(taken, taken.samples.get(live.uplink.id, ())):
                runs += _runs_of(live.uplink.id, of_minute)
            minutes += self._judge.take_minutes(live, self._clock.wall(), with_running=False)
        self._write(minutes, runs)

    def store_final(self) -> None:
        """Store what is known of the minute in hand: the process ends, or uplinks are left out."""
        self._write_running(self._clock.wall())

    def stalled(self, from_boot_s: float, to_boot_s: float) -> None:
        """The engine stood still: those seconds are nobody's evidence."""
        from_ts, to_ts = self._clock.wall_of(from_boot_s), self._clock.wall_of(to_boot_s)
        for live in self._roster:
            live.timeline.stall(from_ts, to_ts)
        self._event(EventKind.LATE, f"the engine did not turn for {to_boot_s - from_boot_s:.0f} s")

    def clock_stepped(self, step_s: float) -> None:
        """Close the minute in hand by the old clock and go on by the new one."""
        new_ts = self._clock.wall()
        if step_s > 0 and new_ts - step_s >= PLAUSIBLE_TS:  # after a step back those minutes would lie in the future
            self._write_running(new_ts - step_s)
        for live in self._roster:
            live.timeline.restart(new_ts - step_s, new_ts)
            live.counts.restart()
        self.due_boot_s = self._next_due()
        kind = EventKind.CLOCK_BACK if step_s < 0 else EventKind.CLOCK_FORWARD
        self._event(kind, f"the wall clock stepped by {step_s:+.1f} s")

    # ------------------------------------------------------------ within
    def _next_due(self) -> float:
        wall = self._clock.wall()
        return self._clock.boot() + MINUTE - (wall - AFTER_S) % MINUTE

    def _write_running(self, now_ts: float) -> None:
        taken = (self._judge.take_minutes(live, now_ts, with_running=True) for live in self._roster)
        self._write([minute for minutes in taken for minute in minutes], [])

    def _write(self, minutes: Sequence[Minute], runs: Sequence[Run]) -> None:
        if not self._judge.may_store:
            return
        standings = {live.uplink.id: (live.standing, live.memory) for live in self._roster if live.evidence is not None}
        self._recorder.minutes(minutes, runs, standings, *self._ledger.book(self._roster))

    def _event(self, kind: EventKind, detail: str) -> None:
        _log.warning("%s", detail)
        if self._judge.may_store:
            self._recorder.event(EngineEvent(self._clock.now(), kind, detail))


@dataclass(frozen=True, slots=True)
class _Minute:
    """The samples of one minute."""

    ts: int
    started_boot_s: float
    samples: Sequence[Sample]


def _by_minute(taken: EchoesTaken, echoes: Iterable[Sample]) -> list[_Minute]:
    """Sort echoes by the minute they left in; the one taken is number 0, those before it count back."""
    numbered: dict[int, list[Sample]] = {}
    for echo in echoes:
        numbered.setdefault(floor((echo.sent_boot_s - taken.started_boot_s) / MINUTE), []).append(echo)
    return [
        _Minute(taken.minute_ts + number * MINUTE, taken.started_boot_s + number * MINUTE, sent)
        for number, sent in numbered.items()
    ]


def _runs_of(uplink_id: int, minute: _Minute) -> list[Run]:
    series: dict[tuple[Protocol, str], list[Sample]] = {}
    for sample in minute.samples:
        series.setdefault((sample.protocol, sample.target), []).append(sample)
    return [
        Run(
            agent_id=uplink_id,
            target=target,
            ts=minute.ts,
            offsets_ms=tuple(int((sample.sent_boot_s - minute.started_boot_s) * 1000) for sample in run),
            rtts_us=tuple(None if sample.rtt_ms is None else round(sample.rtt_ms * 1000) for sample in run),
            protocol=protocol,
            is_own=run[-1].is_own,
        )
        for (protocol, target), run in series.items()
    ]
