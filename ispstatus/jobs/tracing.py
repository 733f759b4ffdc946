"""Bound traceroutes: one when an uplink turns DOWN or DEGRADED, and a healthy one to compare it with."""

from collections.abc import Callable

from ispstatus.clock import Clock
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.messages import Message, TraceTaken
from ispstatus.jobs.planner import pings_of
from ispstatus.jobs.recorder import Recorder
from ispstatus.model.sample import Trace
from ispstatus.model.state import State
from ispstatus.probes.engine import Engine
from ispstatus.probes.trace import MAX_TTL, probe_trace

COOL_DOWN_S = 300.0
BASELINE_EVERY_S = 86_400.0


class Tracer:
    """Owned by the coordinator."""

    def __init__(self, clock: Clock, engine: Engine, recorder: Recorder, post: Callable[[Message], None]) -> None:
        self._clock = clock
        self._engine = engine
        self._recorder = recorder
        self._post = post

    def consider(self, live: LiveUplink, before: State) -> None:
        """After a verdict: trace a fault that has just begun, or renew the healthy baseline once a day."""
        state = live.standing.decision.state
        if state in (State.DOWN, State.DEGRADED) and state is not before:
            self._trace(live, COOL_DOWN_S, is_baseline=False)
        elif state is State.UP:
            age_s = None if live.baseline_trace is None else self._clock.wall() - live.baseline_trace.taken_ts
            if age_s is None or age_s > BASELINE_EVERY_S:
                self._trace(live, COOL_DOWN_S if live.baseline_trace is None else 0.0, is_baseline=True)

    def keep(self, live: LiveUplink | None, taken: TraceTaken) -> None:
        """Store a trace that has come back."""
        if live is None or not taken.trace.hops:
            return
        if taken.is_baseline:
            live.baseline_trace = taken.trace
        self._recorder.trace(live.uplink.id, taken.trace, None if taken.is_baseline else live.ticket)

    def _trace(self, live: LiveUplink, cool_down_s: float, *, is_baseline: bool) -> None:
        path, now = live.path, self._clock.boot()
        last = live.last_trace_boot_s.get(is_baseline)
        if path is None or not path.is_usable or (last is not None and now - last < cool_down_s):
            return
        if not (live.may_check if is_baseline else live.may_confirm):
            return
        targets = pings_of(live.uplink, path)
        if not targets:
            return
        live.last_trace_boot_s[is_baseline] = now
        uplink_id, address, tally = live.uplink.id, targets[0].address, live.stream.tally

        def done(trace: Trace) -> None:
            self._post(TraceTaken(uplink_id, trace, is_baseline))

        def start() -> None:
            tally.add(path.family, echoes=MAX_TTL)
            probe_trace(self._engine, path, address, done)

        self._engine.post(start)
