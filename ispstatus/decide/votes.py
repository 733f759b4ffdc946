"""Who answers: one vote per network, counted apart for echoes and HTTP.

A network is an independent operator. *Quorum* counts the networks that ever answered on this uplink; a check we could
not measure gets the benefit of the doubt, so that our own inability never makes a verdict worse.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ispstatus.model.evidence import Evidence
from ispstatus.model.sample import DnsSample, HttpSample, Outcome


def quorum(networks: int) -> int:
    """Return how many of ``networks`` must answer: a majority, but 1 of 2, and 0 of none."""
    return 1 if networks == 2 else networks // 2 + 1 if networks else 0  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Votes:
    """The networks of one kind of check (echo or HTTP) in one cycle."""

    answering: frozenset[str] = frozenset()
    intercepted: frozenset[str] = frozenset()
    """Somebody else answered in their place, and nothing of theirs was ok."""
    failing: frozenset[str] = frozenset()
    """Measured, and nothing of theirs was ok; includes the intercepted."""
    unmeasured: frozenset[str] = frozenset()
    ever: frozenset[str] = frozenset()
    """Those that ever answered on this uplink and are still asked, this cycle included."""

    @property
    def measured(self) -> int:
        """How many networks said something, or were silent in a way we vouch for."""
        return len(self.answering) + len(self.failing)

    @property
    def has_quorum_measured(self) -> bool:
        """Whether enough of those that ever answered were measured to judge this kind."""
        return len(self.ever - self.unmeasured) >= quorum(len(self.ever))

    @property
    def is_short(self) -> bool:
        """Whether a quorum is out of reach, even if every unmeasured network would have answered."""
        at_best = self.answering | self.unmeasured
        return len(at_best) < quorum(len(self.ever | at_best))

    @property
    def is_partial(self) -> bool:
        """Something answers, and a quorum is out of reach; so many silent ones are always enough measured."""
        return bool(self.answering) and self.is_short

    @property
    def has_failed(self) -> bool:
        """Enough was measured, and nothing answered; for networks never heard of only a complete round counts."""
        if self.answering or not self.failing or not self.has_quorum_measured:
            return False
        return self.is_short or not self.unmeasured

    @property
    def is_in_doubt(self) -> bool:
        """Nothing answered, something used to, and too little was measured to call that silence."""
        return bool(self.ever) and not self.answering and not (self.has_quorum_measured and self.is_short)


@dataclass(frozen=True, slots=True)
class Resolvers:
    """What the resolvers asked through the uplink did."""

    answering: int = 0
    asked: int = 0
    """Measured ones only."""
    unmeasured: int = 0
    provider_answering: int = 0
    provider_asked: int = 0

    @property
    def all_fail(self) -> bool:
        """At least one was measured, none answers, and none is left in doubt."""
        return self.asked > 0 and self.answering == 0 and self.unmeasured == 0

    @property
    def provider_fails(self) -> bool:
        """The provider's own are silent or wrong while others answer."""
        return self.provider_asked > 0 and self.provider_answering == 0 and self.answering > 0


def ping_votes(evidence: Evidence, ever: Mapping[str, datetime]) -> Votes:
    """Count the echo targets' networks; ``ever`` are those that answered before."""
    planned = {t.network for t in evidence.uplink.plan.ping if t.family == evidence.path.family}
    return _votes(((s.network, s.outcome) for s in evidence.pings), planned, ever)


def http_votes(evidence: Evidence, ever: Mapping[str, datetime]) -> Votes:
    """Count the HTTP checks' networks; date-only certificate failures under a wrong clock are unmeasured."""
    planned = {t.network for t in evidence.uplink.plan.http}
    return _votes(((s.network, s.outcome) for s in vouched_https(evidence)), planned, ever)


def vouched_https(evidence: Evidence) -> tuple[HttpSample, ...]:
    """Return the HTTP samples; certificates that fail on dates alone are unmeasured while our own clock is in doubt."""
    if evidence.clock_is_synchronised:
        return evidence.https
    return tuple(
        replace(sample, outcome=Outcome.UNMEASURED) if sample.is_date_only_tls_error else sample
        for sample in evidence.https
    )


def count_resolvers(samples: Iterable[DnsSample]) -> Resolvers:
    """Count resolvers, not questions: one right answer to any name makes a resolver answer."""
    by_resolver: dict[str, list[DnsSample]] = {}
    for sample in samples:
        by_resolver.setdefault(sample.resolver, []).append(sample)
    answering = asked = unmeasured = provider_answering = provider_asked = 0
    for questions in by_resolver.values():
        measured = [q for q in questions if q.outcome.is_measured]
        if not measured:
            unmeasured += 1
            continue
        answers = any(q.outcome is Outcome.OK for q in measured)
        asked += 1
        answering += answers
        if questions[0].is_provider:
            provider_asked += 1
            provider_answering += answers
    return Resolvers(answering, asked, unmeasured, provider_answering, provider_asked)


def _votes(outcomes: Iterable[tuple[str, Outcome]], planned: set[str], ever: Mapping[str, datetime]) -> Votes:
    by_network: dict[str, set[Outcome]] = {}
    for network, outcome in outcomes:
        by_network.setdefault(network, set()).add(outcome)
    answering = frozenset(n for n, seen in by_network.items() if Outcome.OK in seen)
    unmeasured = frozenset(n for n, seen in by_network.items() if seen == {Outcome.UNMEASURED}) | (
        planned - by_network.keys()
    )
    failing = frozenset(by_network) - answering - unmeasured
    asked = planned | by_network.keys()
    return Votes(
        answering=answering,
        intercepted=frozenset(n for n in failing if Outcome.INTERCEPTED in by_network[n]),
        failing=failing,
        unmeasured=unmeasured,
        ever=frozenset(n for n in ever if n in asked) | answering,
    )
