"""The case before the ladder: one cycle's evidence, counted once, with what the uplink's past says about it."""

from dataclasses import dataclass, replace
from datetime import datetime

from ispstatus.decide import gateway, thresholds
from ispstatus.decide.votes import Resolvers, Votes, count_resolvers, http_votes, ping_votes
from ispstatus.model.decision import Memory
from ispstatus.model.evidence import Evidence
from ispstatus.model.quality import Quality, TargetQuality
from ispstatus.model.sample import Outcome

SESSION_LINKS = ("ppp", "wwan")


@dataclass(frozen=True, slots=True)
class Grade:
    """What the stream's figures say; the same however a running cycle ends."""

    exceeded: frozenset[str] = frozenset()
    """Over their limit and not yet clear: to be remembered."""
    over: frozenset[str] = frozenset()
    """Of those, the ones that count now: measured, and not explained by the uplink's own load."""
    is_slowed_by_load: bool = False
    """Latency or jitter are over their limit, and the line is full."""


@dataclass(frozen=True, slots=True)
class Case:
    """What every rule of the ladder looks at."""

    evidence: Evidence
    memory: Memory
    """With what this cycle taught already in it."""
    quality: Quality | None
    pings: Votes
    https: Votes
    dns: Resolvers
    gateway_is_required: bool
    over: frozenset[str]
    """See ``Grade``, as is the next."""
    is_slowed_by_load: bool

    @property
    def has_validation(self) -> bool:
        """An echo reply from a target, or an HTTP check that is ok: proof that the outside is reached."""
        return bool(self.pings.answering or self.https.answering)

    @property
    def is_measured(self) -> bool:
        """Whether any check says anything about the outside."""
        return self.pings.measured + self.https.measured > 0

    @property
    def is_in_doubt(self) -> bool:
        """Nothing from outside, and too little of what used to answer was measured to call it silence."""
        return not self.has_validation and (self.pings.is_in_doubt or self.https.is_in_doubt)

    @property
    def gateway_is_silent(self) -> bool:
        """The gateway was asked, we vouch for it, and it did not answer an echo."""
        sample = self.evidence.gateway
        return sample is not None and sample.outcome.is_measured and sample.outcome is not Outcome.OK

    @property
    def gateway_answers(self) -> bool:
        """The gateway answered an echo."""
        return self.evidence.gateway is not None and self.evidence.gateway.outcome is Outcome.OK

    @property
    def targets(self) -> tuple[TargetQuality, ...]:
        """The stream's figures, target by target."""
        return self.quality.targets if self.quality else ()

    @property
    def down_since_at(self) -> datetime:
        """When this uplink went DOWN, were it DOWN now."""
        return self.memory.down_since_at or self.evidence.first_bad_at or self.evidence.started_at


def grade(evidence: Evidence, quality: Quality | None, memory: Memory) -> Grade:
    """Hold the stream's figures against the uplink's limits."""
    if quality is None:
        return Grade(exceeded=memory.exceeded)
    exceeded = thresholds.exceeded(quality, evidence.uplink.limits, memory, evidence.ended_at)
    over = exceeded & thresholds.measured(quality) if exceeded else exceeded
    if not quality.is_loaded:
        return Grade(exceeded, over)
    return Grade(exceeded, over & {thresholds.LOSS}, is_slowed_by_load=bool(over - {thresholds.LOSS}))


def open_case(evidence: Evidence, quality: Quality | None, memory: Memory, graded: Grade) -> Case:
    """Count the evidence and add to memory what it teaches."""
    pings = ping_votes(evidence, memory.ping_networks)
    https = http_votes(evidence, memory.http_networks)
    now_at = evidence.ended_at
    memory = gateway.learn(
        memory,
        evidence.path,
        evidence.gateway,
        now_at=now_at,
        outside_works=bool(pings.answering or https.answering),
    )
    memory = replace(
        memory,
        ping_networks={**memory.ping_networks, **dict.fromkeys(pings.answering, now_at)},
        http_networks={**memory.http_networks, **dict.fromkeys(https.answering, now_at)},
        proven_at=now_at if evidence.proof is not None and evidence.proof.is_proven else memory.proven_at,
        exceeded=graded.exceeded,
    )
    return Case(
        evidence=evidence,
        memory=memory,
        quality=quality,
        pings=pings,
        https=https,
        dns=count_resolvers(evidence.dns),
        gateway_is_required=gateway.is_required(evidence.uplink, evidence.path, memory),
        over=graded.over,
        is_slowed_by_load=graded.is_slowed_by_load,
    )


def is_session_link(device: str) -> bool:
    """Whether the interface lives only while the provider keeps a session (PPP, mobile): no hardware of this box."""
    return device.startswith(SESSION_LINKS)
