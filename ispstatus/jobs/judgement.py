"""From a cycle's evidence to a verdict, and everything that follows from it: seconds, outages, records, traces."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ispstatus.analytics.counts import minute_of
from ispstatus.clock import Clock
from ispstatus.decide.cite import cite
from ispstatus.decide.ladder import decide
from ispstatus.decide.suspicion import is_pingless
from ispstatus.jobs.live import LiveUplink, Ticket
from ispstatus.jobs.recorder import Recorder
from ispstatus.jobs.stream import Mood
from ispstatus.model.decision import Decision, Peer, Standing
from ispstatus.model.errors import StorageError
from ispstatus.model.evidence import Evidence
from ispstatus.model.quality import Quality
from ispstatus.model.record import Minute, Outage, Transition
from ispstatus.model.state import Fault, Reason, State

PEERS_WITHIN_S = 90.0
SECOND_THOUGHT = timedelta(seconds=1)
"""How soon after an outage's start the kernel may say better what it is: a device that is pulled out is down first, and
gone some milliseconds later."""
FROM_THE_ROOT = (
    Reason.IFACE_MISSING,
    Reason.IFACE_ADMIN_DOWN,
    Reason.NO_CARRIER,
    Reason.NO_ADDRESS,
    Reason.NO_ROUTE,
)
"""What the kernel alone can say, each the cause of those behind it."""
BLIP_LEAST_S = 3.0
"""A silence that was over before any verdict is an outage when it lasted this long."""
PLAUSIBLE_TS = 1_767_225_600.0
"""2026-01-01: a clock before this was never set, and nothing is stored by it."""


class Judge:
    """Applies verdicts. Owned by the coordinator, runs on its thread."""

    def __init__(self, clock: Clock, recorder: Recorder, on_verdict: Callable[[LiveUplink, State], None]) -> None:
        """``on_verdict`` hears of every verdict with the state before it."""
        self._clock = clock
        self._recorder = recorder
        self._on_verdict = on_verdict

    @property
    def may_store(self) -> bool:
        """Whether the wall clock is believable."""
        return self._clock.wall() >= PLAUSIBLE_TS

    def judge(
        self, live: LiveUplink, evidence: Evidence, quality: Quality | None, peers: Iterable[LiveUplink], *, store: bool
    ) -> Decision:
        """Decide on ``evidence`` and let it have its consequences; ``store`` commits even when nothing changed."""
        before = live.standing
        decision, live.memory = decide(evidence, quality, live.memory, self._peers(peers))
        has_changed = decision.state is not before.decision.state
        began_at = self._began_at(evidence, decision.state) if has_changed else before.since_at
        live.standing = Standing(decision, began_at, evidence.ended_at)
        live.evidence, live.quality = evidence, quality
        live.measured_boot_s = self._clock.boot()
        live.timeline.judge(
            decision.state,
            decision.fault,
            max(evidence.started_at, began_at if has_changed else evidence.started_at).timestamp(),
            since_ts=began_at.timestamp() if has_changed and decision.state is not State.UNKNOWN else None,
        )
        is_renamed = _says_better(live.outage, evidence, decision)
        outage = self._follow_outage(live, before, evidence, decision)
        self._set_mood(live, evidence, decision)
        if has_changed or store or is_renamed or (outage is not None and not outage.is_ongoing):
            self._commit(live, evidence, decision, outage, has_changed=has_changed)
        self._on_verdict(live, before.decision.state)
        return decision

    def confirms(
        self, live: LiveUplink, evidence: Evidence, quality: Quality | None, peers: Iterable[LiveUplink]
    ) -> bool:
        """Whether ``evidence`` says what the present verdict says: then it may wait until it is complete."""
        if live.evidence is None:
            return False
        found, _ = decide(evidence, quality, live.memory, self._peers(peers))
        known = live.standing.decision
        return (found.state, found.reason, found.fault) == (known.state, known.reason, known.fault)

    def blip(self, live: LiveUplink, evidence: Evidence, first_bad_at: datetime, first_good_at: datetime) -> None:
        """Record a silence that ended before any verdict, if it lasted 3 s."""
        if (first_good_at - first_bad_at).total_seconds() < BLIP_LEAST_S:
            return
        fault = _fault_of_silence(live)
        live.timeline.blip(fault, first_bad_at.timestamp(), first_good_at.timestamp())
        outage = Outage(
            uplink_id=live.uplink.id,
            reason=Reason.NO_EXTERNAL,
            fault=fault,
            first_bad_at=first_bad_at,
            last_good_at=_last_answer_before(live, first_bad_at),
            last_bad_at=first_good_at,
            first_good_at=first_good_at,
            explanation="every echo target was silent, and answered again before a full cycle was over",
            evidence=cite(evidence),
        )
        self._store(live, None, outage, Ticket())

    def take_minutes(self, live: LiveUplink, now_ts: float, *, with_running: bool) -> list[Minute]:
        """Return the minutes of ``live`` that are new or changed as of then, as they are stored."""
        return [
            minute_of(live.uplink.id, seconds, live.counts.of(seconds.ts))
            for seconds in live.timeline.take(now_ts, with_running=with_running)
        ]

    # ------------------------------------------------------------ consequences
    def _peers(self, peers: Iterable[LiveUplink]) -> tuple[Peer, ...]:
        now = self._clock.boot()
        return tuple(
            Peer(peer.uplink.name, peer.standing.decision.state, peer.standing.decision.fault, peer.standing.since_at)
            for peer in peers
            if peer.measured_boot_s is not None and now - peer.measured_boot_s <= PEERS_WITHIN_S
        )

    @staticmethod
    def _began_at(evidence: Evidence, state: State) -> datetime:
        if state is State.DOWN:
            return evidence.first_bad_at or evidence.started_at
        if state is State.UNKNOWN:
            return evidence.started_at
        return evidence.first_good_at or evidence.started_at

    def _follow_outage(
        self, live: LiveUplink, before: Standing, evidence: Evidence, decision: Decision
    ) -> Outage | None:
        """Open, continue or close the uplink's outage; return it as it is now, None when there is none."""
        if decision.state is State.UNKNOWN:
            return None
        if live.outage is not None:
            live.outage = _with_unknown(live.outage, live, evidence)
        if decision.state is State.DOWN:
            if live.outage is None:
                live.outage, live.ticket = _opened(live, before, evidence, decision), Ticket()
            elif _says_better(live.outage, evidence, decision):
                live.outage = _renamed(live.outage, evidence, decision)
            else:
                live.outage = replace(live.outage, last_bad_at=evidence.ended_at)
            return live.outage
        if live.outage is None:
            return None
        good_at = max(live.standing.since_at, live.outage.first_bad_at)
        closed = replace(live.outage, first_good_at=good_at, last_bad_at=min(live.outage.last_bad_at, good_at))
        live.outage = None
        return closed

    def _set_mood(self, live: LiveUplink, evidence: Evidence, decision: Decision) -> None:
        """Tell the stream what to look for, and which of its echoes belong to an outage."""
        mood = _mood_of(evidence, decision)
        since = None
        if decision.state in (State.DOWN, State.UNKNOWN):
            since = self._clock.boot() - (self._clock.wall() - live.standing.since_at.timestamp())
        live.stream.tell_mood(mood, bad_since_boot_s=since)

    def _commit(
        self, live: LiveUplink, evidence: Evidence, decision: Decision, outage: Outage | None, *, has_changed: bool
    ) -> None:
        transition = None
        if has_changed:
            transition = Transition(
                uplink_id=live.uplink.id,
                at=live.standing.since_at,
                state=decision.state,
                reason=decision.reason,
                fault=decision.fault,
                explanation=decision.explanation,
                evidence=cite(evidence),
            )
        self._store(live, transition, outage, live.ticket)

    def _store(self, live: LiveUplink, transition: Transition | None, outage: Outage | None, ticket: Ticket) -> None:
        if not self.may_store:
            live.commit = _uncommitted()
            return
        live.commit = self._recorder.verdict(
            live.uplink.id,
            live.standing,
            live.memory,
            transition=transition,
            minutes=self.take_minutes(live, self._clock.wall(), with_running=True),
            outage=outage,
            ticket=ticket,
        )


def _says_better(outage: Outage | None, evidence: Evidence, decision: Decision) -> bool:
    """Whether the kernel, which has just opened this outage, now names the cause of what it said then."""
    if outage is None or evidence.started_at - outage.first_bad_at > SECOND_THOUGHT:
        return False
    if decision.reason not in FROM_THE_ROOT or outage.reason not in FROM_THE_ROOT:
        return False
    return FROM_THE_ROOT.index(decision.reason) < FROM_THE_ROOT.index(outage.reason)


def _renamed(outage: Outage, evidence: Evidence, decision: Decision) -> Outage:
    return replace(
        outage,
        reason=decision.reason,
        fault=decision.fault,
        last_bad_at=evidence.ended_at,
        carrier_down_at=outage.carrier_down_at or _carrier_down_at(evidence, decision),
        explanation=decision.explanation,
        evidence=cite(evidence),
    )


def _with_unknown(outage: Outage, live: LiveUplink, evidence: Evidence) -> Outage:
    """Count what nobody measured since the outage was last seen: a restart, a standstill, a verdict of UNKNOWN."""
    is_down = live.standing.decision.state is State.DOWN
    seen_again_at = evidence.started_at if is_down else live.standing.since_at
    blind_s = live.timeline.unknown_between(outage.last_bad_at.timestamp(), seen_again_at.timestamp())
    return replace(outage, unknown_s=outage.unknown_s + blind_s)


def _carrier_down_at(evidence: Evidence, decision: Decision) -> datetime | None:
    return evidence.started_at if decision.reason is Reason.NO_CARRIER else None


def _opened(live: LiveUplink, before: Standing, evidence: Evidence, decision: Decision) -> Outage:
    was_good = before.decision.state in (State.UP, State.DEGRADED)
    good_at = min(before.judged_at, live.standing.since_at) if was_good else None
    if evidence.first_bad_at is not None:
        good_at = _last_answer_before(live, evidence.first_bad_at) or good_at
    return Outage(
        uplink_id=live.uplink.id,
        reason=decision.reason,
        fault=decision.fault,
        first_bad_at=live.standing.since_at,
        last_good_at=good_at,
        last_bad_at=evidence.ended_at,
        first_good_at=None,
        carrier_down_at=_carrier_down_at(evidence, decision),
        explanation=decision.explanation,
        evidence=cite(evidence),
    )


def _last_answer_before(live: LiveUplink, first_bad_at: datetime) -> datetime | None:
    """Return when the last answered echo left before the silence that began then; None if there was none."""
    silence = live.silence
    if silence is None or silence.last_good_boot_s is None:
        return None
    return first_bad_at - timedelta(seconds=silence.first_bad_boot_s - silence.last_good_boot_s)


def _uncommitted() -> "Future[Any]":
    """Return what stands for a commit that will never be."""
    future: Future[Any] = Future()
    future.set_exception(StorageError("the wall clock was never set"))
    return future


def _mood_of(evidence: Evidence, decision: Decision) -> Mood:
    if decision.state is State.DOWN:
        return Mood.DOWN
    if decision.state is State.UNKNOWN:
        return Mood.UNKNOWN
    return Mood.QUIET if is_pingless(evidence) else Mood.WATCH


def _fault_of_silence(live: LiveUplink) -> Fault:
    gateway = live.evidence.gateway if live.evidence is not None else None
    return Fault.PROVIDER if gateway is None or gateway.received else Fault.ACCESS
