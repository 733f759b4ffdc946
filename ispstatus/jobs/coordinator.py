"""The coordinator: sole owner of every uplink's state. One thread, one queue, no waiting on anything else.

It starts a cycle per uplink and minute, and one whenever an event asks for it; judges what comes back; keeps the
minutes; and answers clients. Everything it is told comes through ``post``.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ispstatus.bus import Bus
from ispstatus.clock import Clock
from ispstatus.decide.suspicion import may_start_event_cycle
from ispstatus.jobs.clients import Clients
from ispstatus.jobs.cycle import Cycle
from ispstatus.jobs.judgement import Judge
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.messages import (
    Answered,
    BaselinesKnown,
    ClockStepped,
    CycleReport,
    EchoesTaken,
    Message,
    NetChanged,
    Reconfigured,
    Silence,
    Stalled,
    StatusAsked,
    Stop,
    TraceTaken,
    UplinksKnown,
)
from ispstatus.jobs.minutes import MinuteKeeper
from ispstatus.jobs.outlook import Outlook
from ispstatus.jobs.planner import Surroundings, paces, plan_cycle, resolvers_of
from ispstatus.jobs.recorder import Recorder
from ispstatus.jobs.roster import Roster
from ispstatus.jobs.timetable import LATE_S, Timetable
from ispstatus.jobs.tracing import Tracer
from ispstatus.model.evidence import Evidence, Trigger
from ispstatus.model.net import Path, PathProof
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State
from ispstatus.model.uplink import Uplink
from ispstatus.net.kernel import is_mobile
from ispstatus.probes.echo import rotate_id
from ispstatus.probes.engine import Engine

IDLE_S = 1.0

_log = logging.getLogger(__name__)


class Coordinator:
    """Runs on its own thread between ``start`` and ``stop``."""

    def __init__(
        self,
        clock: Clock,
        engine: Engine,
        outlook: Outlook,
        recorder: Recorder,
        roster: Roster,
        ledger: Ledger,
        bus: Bus,
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._outlook = outlook
        self._recorder = recorder
        self._roster = roster
        self._ledger = ledger
        self._bus = bus
        self._queue: queue.Queue[Message] = queue.Queue()
        self._judge = Judge(clock, recorder, self._after_verdict)
        self._tracer = Tracer(clock, engine, recorder, self.post)
        self.clients = Clients(clock, roster, self.post)
        self.minutes = MinuteKeeper(clock, engine, recorder, roster, self._judge, ledger, self.post)
        self._timetable = Timetable(clock, roster)
        self._cycle_ids = 0
        self.beat_boot_s = clock.boot()
        self.late_at: list[float] = []
        self._thread = threading.Thread(target=self._run, name="coordinator", daemon=True)
        self._is_stopping = False
        self._handlers = self._handler_table()

    # ------------------------------------------------------------ from any thread
    def start(self) -> None:
        """Start deciding."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Flush what is known and end."""
        self.post(Stop())
        self._thread.join(timeout_s)

    def post(self, message: Message) -> None:
        """Tell the coordinator something; never blocks."""
        self._queue.put(message)

    @property
    def is_idle(self) -> bool:
        """Whether no cycle runs and none is wanted."""
        return self._queue.empty() and all(live.cycle is None and live.wanted is None for live in self._roster)

    def reports(self) -> tuple[UplinkReport, ...]:
        """Return the last verdict of every uplink, in order; never probes."""
        return self.clients.last()

    # ------------------------------------------------------------ the loop
    def _run(self) -> None:
        while not self._is_stopping:
            try:
                message = self._queue.get(timeout=self._idle_s())
            except queue.Empty:
                pass
            else:
                self._guarded(partial(self._dispatch, message))
            self.beat_boot_s = self._clock.boot()
            self._guarded(self._meet_deadlines)

    def _idle_s(self) -> float:
        now = self._clock.boot()
        due = min(self._timetable.next_boot_s(now + IDLE_S), self.minutes.due_boot_s)
        return min(IDLE_S, max(0.0, due - now)) if self._queue.empty() else 0.0

    @staticmethod
    def _guarded(action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001  one bad message must not end all deciding
            _log.exception("the coordinator could not act")

    def _dispatch(self, message: Message) -> None:
        handle: Callable[[Any], None] = self._handlers[type(message)]
        handle(message)

    def _handler_table(self) -> dict[type, Callable[[Any], None]]:
        """Which method hears which message."""
        return {
            CycleReport: self._cycle_reported,
            NetChanged: self._net_changed,
            Silence: self._silent,
            Answered: self._answered,
            StatusAsked: lambda asked: self.clients.ask(asked, self._start_cycle),
            TraceTaken: lambda taken: self._tracer.keep(self._roster.get(taken.uplink_id), taken),
            UplinksKnown: lambda known: self._follow(known.uplinks),
            Reconfigured: self._reconfigured,
            BaselinesKnown: self._baselines_known,
            Stalled: lambda stalled: self.minutes.stalled(stalled.from_boot_s, stalled.to_boot_s),
            EchoesTaken: self.minutes.store,
            ClockStepped: self._clock_stepped,
            Stop: self._stopped,
        }

    def _follow(self, uplinks: Sequence[Uplink]) -> None:
        """Follow these uplinks from now on: at start, when one is detected, after a reload."""
        for gone in self._roster.replace(uplinks):
            self._drop_cycle(gone)
            gone.stop()
        for live in self._roster:
            if live.path is None:
                self._look_at_path(live)
        self.clients.publish()

    def _reconfigured(self, message: Reconfigured) -> None:
        self.minutes.store_final()  # of those that are left out now
        self._ledger.move(message.zone)
        self._follow(message.uplinks)
        for live in self._roster:
            live.timeline.set_maintenance(message.maintenance.get(live.uplink.name, ()))
        _log.info("reloaded: %s", ", ".join(uplink.name for uplink in message.uplinks))

    def _baselines_known(self, message: BaselinesKnown) -> None:
        for live in self._roster:
            if baseline := message.baselines.get(live.uplink.id):
                live.memory = replace(live.memory, baseline=baseline)

    def _clock_stepped(self, message: ClockStepped) -> None:
        self.minutes.clock_stepped(message.step_s)
        self._timetable.realign()

    def _stopped(self, _message: Stop) -> None:
        self.minutes.store_final()
        self._is_stopping = True

    # ------------------------------------------------------------ time
    def _meet_deadlines(self) -> None:
        now = self._clock.boot()
        for live, late_s in self._timetable.take_due(now):
            if late_s > LATE_S:
                self._late(live, late_s)
            self._minute_cycle(live)
        for live in self._roster:
            if live.wanted is not None:
                self._event_cycle(live, live.wanted)
        self.minutes.collect_if_due(now)
        self.clients.expire(now)

    def _minute_cycle(self, live: LiveUplink) -> None:
        if live.cycle is None:
            self._start_cycle(live, Trigger.START if live.measured_boot_s is None else Trigger.MINUTE)

    def _late(self, live: LiveUplink, late_s: float) -> None:
        self.late_at = [*self.late_at[-255:], self._clock.boot()]
        self._note(EventKind.LATE, f"the cycle of {live.uplink.name} began {late_s:.0f} s late")

    def _note(self, kind: EventKind, detail: str) -> None:
        if self._judge.may_store:
            self._recorder.event(EngineEvent(self._clock.now(), kind, detail))

    # ------------------------------------------------------------ the kernel
    def _net_changed(self, message: NetChanged) -> None:
        self._outlook.take(message.snapshot)
        self._outlook.detect(self._roster)
        for live in self._roster:
            self._look_at_path(live)

    def _look_at_path(self, live: LiveUplink) -> None:
        """Follow the uplink's way out; one that cannot be used is judged without a packet."""
        path = self._outlook.path_of(live.uplink)
        if path is None:
            return
        has_moved = live.path is None or path != live.path
        live.path = path
        if has_moved:
            live.is_mobile = is_mobile(path.device)
        self._outlook.aim(live)
        if not has_moved:
            return
        self._drop_cycle(live)
        live.silence, live.first_good_boot_s = None, None
        live.events_while_down = 0
        if path.is_usable:
            self._event_cycle(live, Trigger.START if live.measured_boot_s is None else Trigger.LINK)
        else:
            self._judge_unasked(live, Trigger.LINK, None)

    def _judge_unasked(self, live: LiveUplink, trigger: Trigger, proof: PathProof | None) -> None:
        """Judge without a packet: there is no path, or the kernel leads it elsewhere."""
        assert live.path is not None  # noqa: S101  its callers have looked at it
        now_at = self._clock.now()
        evidence = Evidence(live.uplink, live.path, proof, trigger, now_at, now_at)
        live.last_cycle_boot_s = self._clock.boot()
        self._judge.judge(live, evidence, None, self._others(live), store=False)
        self.clients.verdict_given(live)

    # ------------------------------------------------------------ the stream
    def _silent(self, message: Silence) -> None:
        live = self._roster.get(message.uplink_id)
        if live is None or live.path is None or live.path.generation != message.generation:
            return
        if live.standing.decision.state is State.DOWN or not live.may_confirm:
            return
        live.silence, live.first_good_boot_s = message, None
        if live.cycle is not None and not live.is_verdict_given:
            self._drop_cycle(live)
        rotate_path = live.path
        self._engine.post(lambda: rotate_id(self._engine, rotate_path))
        self._event_cycle(live, Trigger.SILENCE)

    def _answered(self, message: Answered) -> None:
        live = self._roster.get(message.uplink_id)
        if live is None or live.path is None or live.path.generation != message.generation:
            return
        if live.cycle is not None and message.sent_boot_s < live.cycle_started_boot_s:
            return
        live.first_good_boot_s = message.sent_boot_s
        self._drop_cycle(live)
        self._start_cycle(live, Trigger.ANSWER)

    # ------------------------------------------------------------ cycles
    def _event_cycle(self, live: LiveUplink, trigger: Trigger) -> None:
        """Start a cycle now, or as soon as the last event's is long enough ago; none that the budget cannot pay."""
        live.wanted = None
        if not live.may_confirm:
            return
        now = self._clock.boot()
        may = may_start_event_cycle(now, live.last_event_boot_s, events_while_down=live.events_while_down)
        if not may or live.cycle is not None:
            live.wanted = trigger
            return
        live.last_event_boot_s = now
        if live.standing.decision.state is State.DOWN:
            live.events_while_down += 1
        self._start_cycle(live, trigger)

    def _start_cycle(self, live: LiveUplink, trigger: Trigger) -> None:
        live.wanted = None
        path = live.path or self._outlook.path_of(live.uplink)
        if path is None:
            return
        if not path.is_usable:
            live.path = path
            self._judge_unasked(live, trigger, None)
            return
        now = self._clock.boot()
        proof = self._outlook.prove(live, path)
        if not proof.is_proven:
            self._judge_unasked(live, trigger, proof)
            return
        self._cycle_ids += 1
        around = self._outlook.around(live.uplink, self._clock.wall())
        self._review_budget(live, path, around)
        plan = plan_cycle(live, self._cycle_ids, path, proof, trigger, around, now)
        live.proof, live.is_verdict_given = proof, False
        live.cycle = cycle = Cycle(plan, self._engine, live.stream, self.post)
        live.cycle_started_boot_s = now
        self._engine.post(cycle.start)

    def _review_budget(self, live: LiveUplink, path: Path, around: Surroundings) -> None:
        """Follow what the uplink may spend; its stream and its sampler as well."""
        before = paces(live)
        self._ledger.review(live, path, resolvers=len(resolvers_of(live.uplink, path, around.link_resolvers)))
        if paces(live) != before:
            self._outlook.aim(live)

    def _drop_cycle(self, live: LiveUplink) -> None:
        if live.cycle is not None:
            self._engine.post(live.cycle.supersede)
            live.cycle = None

    def _cycle_reported(self, report: CycleReport) -> None:
        live = self._roster.get(report.uplink_id)
        if live is None or live.cycle is None or live.cycle.plan.cycle_id != report.cycle_id:
            return
        if report.evidence.gateway is not None:
            seen = replace(report.evidence, gateway_neighbour=self._outlook.neighbour(report.evidence.path))
            report = replace(report, evidence=seen)
        if not live.is_verdict_given and live.is_mere_suspicion(report):
            self._suspect(live, report)
            return
        others = self._others(live)
        if not report.is_complete and self._judge.confirms(live, report.evidence, report.quality, others):
            return
        has_client = self.clients.waits_for(live)
        is_first = not live.is_verdict_given
        live.is_verdict_given = True
        live.learn(report)
        if report.resolved:
            self._outlook.aim(live)
        self._record_blip(live, report.evidence)
        store = report.is_complete and has_client
        self._judge.judge(live, report.evidence, report.quality, others, store=store)
        if is_first:
            live.silence, live.first_good_boot_s = None, None
        if report.is_complete:
            live.cycle = None
            live.last_cycle_boot_s = report.started_boot_s
            self.clients.verdict_given(live)
        else:
            self.clients.publish()

    def _suspect(self, live: LiveUplink, report: CycleReport) -> None:
        """Go on as if the stream had seen it: the event cycle runs the checks."""
        uplink_id, generation = live.uplink.id, report.evidence.path.generation
        answered = [s.answered_sent_boot_s for s in report.evidence.pings if s.answered_sent_boot_s is not None]
        if answered:
            self._answered(Answered(uplink_id, generation, min(answered)))
            return
        echoes = {sample.target: sample.sent for sample in report.evidence.pings if sample.sent}
        last_good = live.stream.last_good_boot_s
        self._silent(Silence(uplink_id, generation, report.started_boot_s, last_good, echoes))

    def _record_blip(self, live: LiveUplink, evidence: Evidence) -> None:
        """A silence that an answer ended while its cycle still ran was an outage all the same."""
        silence, good_boot_s = live.silence, live.first_good_boot_s
        if silence is None or good_boot_s is None or live.standing.decision.state is State.DOWN:
            return
        first_bad_at, first_good_at = (
            datetime.fromtimestamp(self._clock.wall_of(boot_s), UTC)
            for boot_s in (silence.first_bad_boot_s, good_boot_s)
        )
        self._judge.blip(live, evidence, first_bad_at, first_good_at)

    def _others(self, live: LiveUplink) -> list[LiveUplink]:
        return [other for other in self._roster if other is not live]

    def _after_verdict(self, live: LiveUplink, before: State) -> None:
        state = live.standing.decision.state
        if state is not before:
            _log.info("uplink=%r state=%s reason=%s", live.uplink.name, state.name, live.standing.decision.reason)
            self._bus.publish(live.standing)
        if state is not State.DOWN:
            live.events_while_down = 0
        self._tracer.consider(live, before)
