"""Bound traceroutes: one when an uplink turns DOWN or DEGRADED, and a healthy one to compare it with."""

from collections.abc import Callable
from dataclasses import dataclass

from ispstatus.clock import Clock
from ispstatus.jobs.judgement import PLAUSIBLE_TS
from ispstatus.jobs.live import LiveUplink, Ticket
from ispstatus.jobs.messages import Message, TraceTaken
from ispstatus.jobs.planner import pings_of
from ispstatus.jobs.recorder import Recorder
from ispstatus.model.sample import Trace
from ispstatus.model.state import State
from ispstatus.probes.engine import Engine
from ispstatus.probes.trace import MAX_TTL, probe_trace

COOL_DOWN_S = 300.0
BASELINE_EVERY_S = 86_400.0


@dataclass(slots=True)
class _Fault:
    """A fault's trace and the outage it belongs to: one of them comes first."""

    trace: Trace | None = None
    ticket: Ticket | None = None
    """None while the uplink is only DEGRADED."""


class Tracer:
    """Owned by the coordinator."""

    def __init__(self, clock: Clock, engine: Engine, recorder: Recorder, post: Callable[[Message], None]) -> None:
        self._clock = clock
        self._engine = engine
        self._recorder = recorder
        self._post = post
        self._faults: dict[int, _Fault] = {}

    def consider(self, live: LiveUplink, before: State) -> None:
        """After a verdict: trace a fault that has just begun, or renew the healthy baseline once a day."""
        state = live.standing.decision.state
        if state in (State.DOWN, State.DEGRADED) and state is not before:
            if self._trace(live, is_baseline=False):
                self._faults[live.uplink.id] = _Fault()
            if state is State.DOWN:
                self._claim(live)
        elif state is State.UP:
            self._forget_unclaimed(live)
            age_s = None if live.baseline_trace is None else self._clock.wall() - live.baseline_trace.taken_ts
            if age_s is None or age_s > BASELINE_EVERY_S:
                self._trace(live, is_baseline=True)

    def keep(self, live: LiveUplink | None, taken: TraceTaken) -> None:
        """Take a trace that has come back; it is stored once there is an outage to keep it with, or as the baseline."""
        if live is None or not taken.trace.hops or taken.trace.taken_ts < PLAUSIBLE_TS:
            return
        if taken.is_baseline:
            live.baseline_trace = taken.trace
            self._recorder.trace(live.uplink.id, taken.trace, None)
        elif (fault := self._faults.get(live.uplink.id)) is not None:
            fault.trace = taken.trace
            self._store(live, fault)

    # ------------------------------------------------------------ within
    def _claim(self, live: LiveUplink) -> None:
        """An outage has begun: the trace under way is its own, or that of the DEGRADED it grew out of."""
        fault = self._faults.get(live.uplink.id)
        if fault is not None and fault.ticket is None:
            fault.ticket = live.ticket
            self._store(live, fault)

    def _forget_unclaimed(self, live: LiveUplink) -> None:
        fault = self._faults.get(live.uplink.id)
        if fault is not None and fault.ticket is None:
            del self._faults[live.uplink.id]

    def _store(self, live: LiveUplink, fault: _Fault) -> None:
        if fault.trace is not None and fault.ticket is not None:
            del self._faults[live.uplink.id]
            self._recorder.trace(live.uplink.id, fault.trace, fault.ticket)

    def _trace(self, live: LiveUplink, *, is_baseline: bool) -> bool:
        """Start a trace, unless the last one is too recent or none can be sent; return whether it started."""
        path, now = live.path, self._clock.boot()
        last = live.last_trace_boot_s.get(is_baseline)
        if path is None or not path.is_usable or (last is not None and now - last < COOL_DOWN_S):
            return False
        if not (live.may_check if is_baseline else live.may_confirm):
            return False
        targets = pings_of(live.uplink, path)
        if not targets:
            return False
        live.last_trace_boot_s[is_baseline] = now
        uplink_id, address, tally = live.uplink.id, targets[0].address, live.stream.tally

        def done(trace: Trace) -> None:
            self._post(TraceTaken(uplink_id, trace, is_baseline))

        def start() -> None:
            tally.add(path.family, echoes=MAX_TTL)
            probe_trace(self._engine, path, address, done)

        self._engine.post(start)
        return True
