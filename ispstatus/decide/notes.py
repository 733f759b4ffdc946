"""What is worth saying beside a verdict: notes never change a state."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ispstatus.decide.case import Case
from ispstatus.model.decision import Peer
from ispstatus.model.evidence import Evidence
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.model.state import Note, State

AT_ONCE = timedelta(seconds=30)
"""Uplinks that fell within this time of each other fell together."""


def notes_of(case: Case, state: State, peers: Sequence[Peer]) -> tuple[Note, ...]:
    """Return the notes of a verdict, in the order they are told."""
    return (*_about_checks(case), *_about_peers(case, state, peers))


def other_family_is_broken(evidence: Evidence) -> bool:
    """Whether the address family that does not make the verdict was measured whole and nothing answered."""
    return bool(evidence.other_family) and all(_is_silent(sample) for sample in evidence.other_family)


def has_silent_target(case: Case) -> bool:
    """Whether an echo target is silent (now, or so long that it is muted) while another network answers."""
    if not case.pings.answering:
        return False
    return bool(case.pings.failing) or any(t.is_muted for t in case.targets)


def _about_checks(case: Case) -> Iterator[Note]:
    evidence = case.evidence
    if has_silent_target(case):
        yield Note.TARGET_SILENT
    if case.dns.provider_fails:
        yield Note.PROVIDER_DNS_SILENT
    if case.is_slowed_by_load:
        yield Note.LOADED
    if evidence.budget_is_spent:
        yield Note.BUDGET_SPENT
    if other_family_is_broken(evidence):
        yield Note.IPV6_BROKEN if evidence.path.family == 4 else Note.IPV4_BROKEN  # noqa: PLR2004
    if not evidence.clock_is_synchronised and any(sample.is_date_only_tls_error for sample in evidence.https):
        yield Note.CLOCK_UNSYNCHRONISED


def _about_peers(case: Case, state: State, peers: Sequence[Peer]) -> Iterator[Note]:
    if state is State.UP or state is State.UNKNOWN or not peers:
        return
    if all(peer.state is State.UP for peer in peers):
        yield Note.OTHERS_FINE
    elif state is State.DOWN and all(_fell_with(peer, case.down_since_at) for peer in peers):
        yield Note.ALL_AT_ONCE


def _fell_with(peer: Peer, down_since_at: datetime) -> bool:
    return peer.state is State.DOWN and peer.changed_at is not None and abs(peer.changed_at - down_since_at) <= AT_ONCE


def _is_silent(sample: EchoSample) -> bool:
    return sample.outcome.is_measured and sample.outcome is not Outcome.OK
