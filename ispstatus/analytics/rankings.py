"""Agents in order of performance (NOTES A6 M)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Metric(StrEnum):
    """What agents are ranked by."""

    LATENCY = "latency"
    STABILITY = "stability"
    CONNECTIVITY_HEALTH = "connectivity_health"
    OVERALL = "overall"
    """As latency."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one agent did in the window asked for; None where it was not measured."""

    agent_id: int
    latency_ms: float | None = None
    """``latency.line_ms``."""
    loss_pct: float | None = None
    stability_pct: float | None = None
    good_pct: float | None = None
    """Percentage of judged minutes whose health was Good."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One agent's place."""

    rank: int
    agent_id: int
    latency_ms: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The agents that have a score, best first, of all that were asked about."""

    total: int
    ranked: Sequence[Ranked]

    @property
    def top(self) -> Ranked | None:
        """The best; None when nobody has a score."""
        return self.ranked[0] if self.ranked else None

    @property
    def bottom(self) -> Ranked | None:
        """The worst; with one agent it is the best too."""
        return self.ranked[-1] if self.ranked else None


def score_of(standing: Standing, metric: Metric) -> float | None:
    """Return the performance score, 0 to 100, None when what it is made of was not measured.

    latency, overall: ``max(0, 100 - latency in ms)``, so 22.4, 45.2, 85.7 give 77.6, 54.8, 14.3;
    stability: the stability; connectivity_health: the percentage of minutes that were Good.
    """
    if metric is Metric.STABILITY:
        return standing.stability_pct
    if metric is Metric.CONNECTIVITY_HEALTH:
        return standing.good_pct
    return None if standing.latency_ms is None else max(0.0, 100 - standing.latency_ms)


def rank(standings: Iterable[Standing], metric: Metric) -> Ranking:
    """Return the ranking; equal scores go by lower loss (unknown last), then by agent. Agents without a score are
    counted and not ranked."""
    every = list(standings)
    scored = [(score, standing) for standing in every if (score := score_of(standing, metric)) is not None]
    scored.sort(key=lambda one: (-one[0], _loss(one[1]), one[1].agent_id))
    ranked = [
        Ranked(place, standing.agent_id, standing.latency_ms, score)
        for place, (score, standing) in enumerate(scored, start=1)
    ]
    return Ranking(len(every), ranked)


def _loss(standing: Standing) -> float:
    return float("inf") if standing.loss_pct is None else standing.loss_pct
