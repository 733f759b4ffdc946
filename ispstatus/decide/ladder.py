"""From one cycle's evidence to a verdict: the ladder. First match wins; read it from top to bottom.

Pure: no clock, no database, no log. The table is design section 5; each rung below is one of its rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from ispstatus.decide.case import Case, Grade, grade, is_session_link, open_case
from ispstatus.decide.notes import notes_of, other_family_is_broken
from ispstatus.decide.sentence import explain, next_check
from ispstatus.decide.thresholds import JITTER, LATENCY, LOSS
from ispstatus.model.decision import Decision, Memory, Peer
from ispstatus.model.evidence import Evidence
from ispstatus.model.net import LinkStatus
from ispstatus.model.quality import Quality
from ispstatus.model.state import Fault, Reason, State
from ispstatus.model.uplink import Uplink


class Verdict(NamedTuple):
    """A rung's answer."""

    state: State
    reason: Reason
    fault: Fault


Rung = Callable[[Case], Verdict | None]


def decide(
    evidence: Evidence, quality: Quality | None, memory: Memory, peers: Sequence[Peer] = ()
) -> tuple[Decision, Memory]:
    """Return the verdict on ``evidence``, told as an operator reads it, and what to remember for the next one.

    ``quality`` is None when the stream has nothing to say. ``peers`` are the other uplinks' verdicts of the last 90 s:
    they add notes, never a state.
    """
    case = open_case(evidence, quality, memory, grade(evidence, quality, memory))
    verdict = climb(case)
    notes = notes_of(case, verdict.state, peers)
    decision = Decision(
        state=verdict.state,
        reason=verdict.reason,
        fault=verdict.fault,
        notes=notes,
        explanation=explain(case, verdict.reason, notes, peers),
        next_check=next_check(case, verdict.reason, notes),
    )
    return decision, _remembered(case, verdict.state)


def judge(evidence: Evidence, memory: Memory, graded: Grade) -> Verdict:
    """Return state, reason and fault alone, without words: what ``settle`` compares."""
    return climb(open_case(evidence, None, memory, graded))


def starting(uplink: Uplink) -> Decision:
    """Return the verdict before the first one: nothing is known yet, and that is ours, not the provider's."""
    return Decision(
        state=State.UNKNOWN,
        reason=Reason.STARTING,
        fault=Fault.BOX,
        explanation=f"the monitor has just started and has not judged {uplink.name} yet",
        next_check="wait 15 s for the first verdict",
    )


def climb(case: Case) -> Verdict:
    """Return the verdict of the first rung that has one."""
    for rung in RUNGS:
        verdict = rung(case)
        if verdict is not None:
            return verdict
    return Verdict(State.UP, Reason.OK, Fault.NONE)


# -------------------------------------------------------------------- what the kernel itself says
def _link_is_gone(case: Case) -> Verdict | None:
    path = case.evidence.path
    if path.link is LinkStatus.MISSING:
        fault = Fault.ACCESS if is_session_link(path.device) else Fault.LOCAL
        return Verdict(State.DOWN, Reason.IFACE_MISSING, fault)
    if path.link is LinkStatus.ADMIN_DOWN:
        return Verdict(State.DOWN, Reason.IFACE_ADMIN_DOWN, Fault.LOCAL)
    if path.link is LinkStatus.NO_CARRIER:
        return Verdict(State.DOWN, Reason.NO_CARRIER, case.evidence.uplink.carrier_fault)
    return None


def _address_or_route_is_gone(case: Case) -> Verdict | None:
    path = case.evidence.path
    if path.source is None:
        return Verdict(State.DOWN, Reason.NO_ADDRESS, Fault.ACCESS)
    if not path.has_default and case.memory.proven_at is not None:
        return Verdict(State.DOWN, Reason.NO_ROUTE, Fault.ACCESS)
    return None


# -------------------------------------------------------------------- what we cannot vouch for
def _path_is_unproven(case: Case) -> Verdict | None:
    proof = case.evidence.proof
    if proof is not None and proof.is_proven:
        return None
    return Verdict(State.UNKNOWN, Reason.PATH_UNPROVEN, Fault.BOX)


def _too_little_is_measured(case: Case) -> Verdict | None:
    if case.is_measured and not case.is_in_doubt:
        return None
    reason = Reason.LATE if case.evidence.was_late else Reason.CANNOT_MEASURE
    return Verdict(State.UNKNOWN, reason, Fault.BOX)


# -------------------------------------------------------------------- is there an outside?
def _somebody_else_answers(case: Case) -> Verdict | None:
    if case.https.answering or not case.https.intercepted:
        return None
    state = State.DEGRADED if case.pings.answering else State.DOWN
    return Verdict(state, Reason.CAPTIVE_PORTAL, Fault.PROVIDER)


def _nothing_outside_answers(case: Case) -> Verdict | None:
    if case.has_validation:
        return None
    if case.gateway_is_required and case.gateway_is_silent:
        return Verdict(State.DOWN, Reason.GATEWAY_UNREACHABLE, Fault.ACCESS)
    return Verdict(State.DOWN, Reason.NO_EXTERNAL, Fault.PROVIDER)


# -------------------------------------------------------------------- is all of it there?
def _names_fail(case: Case) -> Verdict | None:
    if case.dns.all_fail or (case.evidence.uplink.dns_required and case.dns.provider_fails):
        return Verdict(State.DEGRADED, Reason.DNS_FAILED, Fault.DNS)
    return None


def _one_kind_fails(case: Case) -> Verdict | None:
    # Something outside answers, or an earlier rung had matched: what fails here, the other kind makes up for.
    if case.https.has_failed:
        return Verdict(State.DEGRADED, Reason.HTTP_FAILED_PING_OK, Fault.PROVIDER)
    if case.pings.ever and case.pings.has_failed:
        return Verdict(State.DEGRADED, Reason.PING_FAILED_HTTP_OK, Fault.PROVIDER)
    return None


def _part_of_a_kind_fails(case: Case) -> Verdict | None:
    if case.pings.is_partial or _required_family_is_broken(case):
        return Verdict(State.DEGRADED, Reason.PING_PARTIAL, Fault.PROVIDER)
    if case.https.is_partial:
        return Verdict(State.DEGRADED, Reason.HTTP_PARTIAL, Fault.PROVIDER)
    return None


def _gateway_is_silent(case: Case) -> Verdict | None:
    if case.gateway_is_required and case.gateway_is_silent:
        return Verdict(State.DEGRADED, Reason.GATEWAY_SILENT, Fault.ACCESS)
    return None


# -------------------------------------------------------------------- is it good?
def _quality_is_poor(case: Case) -> Verdict | None:
    for figure, reason in QUALITY_REASONS:
        if figure in case.over:
            return Verdict(State.DEGRADED, reason, Fault.PROVIDER)
    return None


QUALITY_REASONS = ((LOSS, Reason.HIGH_LOSS), (LATENCY, Reason.HIGH_LATENCY), (JITTER, Reason.HIGH_JITTER))

RUNGS: tuple[Rung, ...] = (
    _link_is_gone,
    _address_or_route_is_gone,
    _path_is_unproven,
    _too_little_is_measured,
    _somebody_else_answers,
    _nothing_outside_answers,
    _names_fail,
    _one_kind_fails,
    _part_of_a_kind_fails,
    _gateway_is_silent,
    _quality_is_poor,
)


def _required_family_is_broken(case: Case) -> bool:
    evidence = case.evidence
    return evidence.uplink.require_ipv6 and evidence.path.family == 4 and other_family_is_broken(evidence)  # noqa: PLR2004


def _remembered(case: Case, state: State) -> Memory:
    memory = case.memory
    if state is State.DOWN:
        # What was measured before and during the outage says nothing about the line that comes back.
        return replace(memory, down_since_at=case.down_since_at, exceeded=frozenset())
    first_up_at = memory.first_up_at
    if state is State.UP and first_up_at is None:
        first_up_at = case.evidence.ended_at
    down_since_at = memory.down_since_at if state is State.UNKNOWN else None
    return replace(memory, first_up_at=first_up_at, down_since_at=down_since_at)
