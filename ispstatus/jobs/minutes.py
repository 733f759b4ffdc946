"""The minute deadline: collects a minute's echoes from the engine, then stores all uplinks in one commit."""

import logging
from collections.abc import Callable, Sequence

from ispstatus.analytics.counts import count_echoes
from ispstatus.clock import Clock
from ispstatus.jobs.judgement import Judge
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.messages import Echo, EchoesTaken, Message
from ispstatus.jobs.recorder import Recorder
from ispstatus.jobs.roster import Roster
from ispstatus.model.record import EchoRun, EngineEvent, EventKind, Minute
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
        self._offset_s = clock.wall() - clock.boot()
        self.due_boot_s = self._next_due()

    def collect_if_due(self, now_boot_s: float) -> None:
        """Ask the engine for the echoes of the minute that ended 4 s ago."""
        if now_boot_s < self.due_boot_s:
            return
        wall = self._clock.wall()
        ended_ts = int(wall - AFTER_S / 2) // MINUTE * MINUTE
        ended_boot_s = now_boot_s - (wall - ended_ts)
        self.due_boot_s = self._next_due()
        streams = {live.uplink.id: live.stream for live in self._roster}

        def collect() -> None:
            echoes = {uplink_id: stream.take_echoes(ended_boot_s) for uplink_id, stream in streams.items()}
            self._post(EchoesTaken(ended_ts - MINUTE, ended_boot_s - MINUTE, echoes))

        self._engine.post(collect)

    def store(self, taken: EchoesTaken) -> None:
        """Store the minute: seconds, counters and samples of every uplink, and what changed in older ones."""
        minutes: list[Minute] = []
        runs: list[EchoRun] = []
        for live in self._roster:
            echoes = [e for e in taken.echoes.get(live.uplink.id, ()) if e.sent_boot_s >= taken.started_boot_s]
            live.counts.add(taken.minute_ts, count_echoes((echo.target, echo.rtt_ms) for echo in echoes))
            runs += _runs_of(live.uplink.id, taken, echoes)
            minutes += self._with_counts(live, taken.minute_ts)
        self._write(minutes, runs)

    def store_final(self) -> None:
        """Store what is known of the minute in hand; the process ends."""
        self._write([m for live in self._roster for m in self._judge.take_minutes(live, with_running=True)], [])

    def stalled(self, from_boot_s: float, to_boot_s: float) -> None:
        """The engine stood still: those seconds are nobody's evidence."""
        from_ts, to_ts = self._clock.wall_of(from_boot_s), self._clock.wall_of(to_boot_s)
        for live in self._roster:
            live.timeline.stall(from_ts, to_ts)
        self._event(EventKind.LATE, f"the engine did not turn for {to_boot_s - from_boot_s:.0f} s")

    def clock_stepped(self, step_s: float) -> None:
        """Close the minute in hand by the old clock and go on by the new one."""
        new_ts = self._clock.wall()
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

    def _with_counts(self, live: LiveUplink, minute_ts: int) -> list[Minute]:
        """Return changed minutes; the one that just ended is stored even if its seconds were told before."""
        live.timeline.retell(minute_ts)
        return self._judge.take_minutes(live, with_running=False)

    def _write(self, minutes: Sequence[Minute], runs: Sequence[EchoRun]) -> None:
        if not self._judge.may_store:
            return
        standings = {live.uplink.id: (live.standing, live.memory) for live in self._roster if live.evidence is not None}
        self._recorder.minutes(minutes, runs, standings, *self._ledger.book(self._roster))

    def _event(self, kind: EventKind, detail: str) -> None:
        _log.warning("%s", detail)
        if self._judge.may_store:
            self._recorder.event(EngineEvent(self._clock.now(), kind, detail))


def _runs_of(uplink_id: int, taken: EchoesTaken, echoes: Sequence[Echo]) -> list[EchoRun]:
    by_target: dict[str, list[Echo]] = {}
    for echo in echoes:
        by_target.setdefault(echo.target, []).append(echo)
    return [
        EchoRun(
            uplink_id=uplink_id,
            target=target,
            ts=taken.minute_ts,
            offsets_ms=tuple(int((echo.sent_boot_s - taken.started_boot_s) * 1000) for echo in run),
            rtts_us=tuple(None if echo.rtt_ms is None else round(echo.rtt_ms * 1000) for echo in run),
        )
        for target, run in by_target.items()
    ]
