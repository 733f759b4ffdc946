"""Whether a cycle may end early: no outstanding answer can change the verdict any more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from ispstatus.decide.case import grade
from ispstatus.decide.ladder import judge
from ispstatus.model.decision import Memory
from ispstatus.model.evidence import Evidence
from ispstatus.model.quality import Quality
from ispstatus.model.sample import DnsSample, EchoSample, HttpSample, Outcome
from ispstatus.model.uplink import HttpTarget, PingTarget

ECHO_ENDS = (Outcome.OK, Outcome.SILENT, Outcome.UNMEASURED)
HTTP_ENDS = (Outcome.OK, Outcome.FAILED, Outcome.INTERCEPTED, Outcome.UNMEASURED)
NOTHING = (Outcome.UNMEASURED,)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What a running cycle still waits for."""

    pings: tuple[PingTarget, ...] = ()
    https: tuple[HttpTarget, ...] = ()
    dns: int = 0
    """Questions to resolvers."""
    gateway: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether everything has come in."""
        return not (self.pings or self.https or self.dns or self.gateway)


def is_settled(evidence: Evidence, outstanding: Outstanding, quality: Quality | None, memory: Memory) -> bool:
    """Whether state, reason and fault stay the same however the outstanding checks end.

    ``evidence`` holds what came in so far and no sample of what is outstanding. Tries the extreme ends of each kind
    (all ok, all silent or failed, all intercepted, all unmeasured); what lies between them cannot add a verdict of its
    own, because every rung counts votes.
    """
    if outstanding.is_empty or _is_settled_by_path(evidence):
        return True
    if _may_still_reach_the_outside(evidence, outstanding):
        return False
    graded = grade(evidence, quality, memory)
    ends = _ends(outstanding, provider_matters=evidence.uplink.dns_required)
    verdicts = (judge(_ended(evidence, outstanding, end), memory, graded) for end in ends)
    first = next(verdicts)
    return all(verdict == first for verdict in verdicts)


def _is_settled_by_path(evidence: Evidence) -> bool:
    """The kernel alone decides: there is no link, address, route or proof, so no packet can change the verdict."""
    return not evidence.path.is_usable or evidence.proof is None or not evidence.proof.is_proven


def _may_still_reach_the_outside(evidence: Evidence, outstanding: Outstanding) -> bool:
    """Nothing from outside yet, and something outside still to hear from: an answer and silence would differ."""
    if not (outstanding.pings or outstanding.https):
        return False
    samples: tuple[EchoSample | HttpSample, ...] = (*evidence.pings, *evidence.https)
    return not any(sample.outcome is Outcome.OK for sample in samples)


DnsEnd = tuple[tuple[Outcome, bool], ...]
"""Per outstanding question how it ends, and whether it was the provider's resolver's: that is not known here."""
End = tuple[Outcome, Outcome, DnsEnd, Outcome]


def _ends(outstanding: Outstanding, *, provider_matters: bool) -> Iterator[End]:
    """Yield how each kind may end; all well and all bad come first, because they differ most often."""
    kinds = (
        ECHO_ENDS if outstanding.pings else NOTHING,
        HTTP_ENDS if outstanding.https else NOTHING,
        _dns_ends(outstanding.dns, provider_matters=provider_matters),
        ECHO_ENDS if outstanding.gateway else NOTHING,
    )
    every = list(product(*kinds))
    worst = (kinds[0][min(1, len(kinds[0]) - 1)], kinds[1][min(1, len(kinds[1]) - 1)], kinds[2][0], kinds[3][0])
    yield every[0]
    yield worst
    yield from (end for end in every[1:] if end != worst)


def _dns_ends(count: int, *, provider_matters: bool) -> tuple[DnsEnd, ...]:
    if count == 0:
        return ((),)
    public_ends = tuple(((outcome, False),) * count for outcome in (Outcome.OK, Outcome.FAILED, Outcome.UNMEASURED))
    if not provider_matters:
        return public_ends
    provider_alone_fails = ((Outcome.OK, False), *((Outcome.FAILED, True),) * (count - 1))
    return (*public_ends, ((Outcome.OK, True),) * count, ((Outcome.FAILED, True),) * count, provider_alone_fails)


def _ended(evidence: Evidence, outstanding: Outstanding, end: End) -> Evidence:
    echo, http, questions, gateway = end
    return replace(
        evidence,
        pings=evidence.pings + tuple(_echo(t.address, t.network, echo) for t in outstanding.pings),
        https=evidence.https + tuple(HttpSample(t.url, t.network, http) for t in outstanding.https),
        dns=evidence.dns
        + tuple(
            DnsSample(f"outstanding {place}", "", outcome, is_provider=is_provider)
            for place, (outcome, is_provider) in enumerate(questions)
        ),
        gateway=_echo(evidence.path.gateway or "", "", gateway) if outstanding.gateway else evidence.gateway,
    )


def _echo(target: str, network: str, outcome: Outcome) -> EchoSample:
    return EchoSample(target, network, outcome, sent=1, received=1 if outcome is Outcome.OK else 0)
