"""Agents whose latency moves together, or against each other (NOTES A6 N).

Pearson's r between the five-minute means of two agents, over the buckets both have: at least six of them, and both
must vary. Agents tied by r at or above the threshold form a group (a connected component); each pair at or below minus
the threshold is a pattern of its own.

    r = (n * sum(xy) - sum(x) * sum(y)) / sqrt((n * sum(x^2) - sum(x)^2) * (n * sum(y^2) - sum(y)^2))

The sums are whole microseconds, so nothing cancels and those of days add up: a week is seven additions per pair.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import sqrt
from operator import mul
from statistics import fmean
from typing import NamedTuple

from ispstatus.analytics.aggregates import HOUR
from ispstatus.analytics.latency import CARRIERS, mean_of
from ispstatus.analytics.trends import Severity
from ispstatus.model.series import Protocol

LEAST_BUCKETS = 6
HIGH_FROM = 0.9
MEDIUM_FROM = 0.8

Series = Mapping[int, int]
"""One agent's mean latency in microseconds by the start of its five minutes; those without an answer are not in it."""


class PairSums(NamedTuple):
    """What the common buckets of two agents add up to."""

    n: int
    x: int
    y: int
    xx: int
    yy: int
    xy: int


Pairs = dict[tuple[int, int], PairSums]
"""By agents, the lower one first."""


class PatternType(StrEnum):
    """How agents move together."""

    SIMILAR_DEGRADATION = "similar_degradation"
    """Alike, and slower in the last hour than over the window."""
    SIMILAR_PATTERN = "similar_pattern"
    """Alike."""
    INVERSE_PATTERN = "inverse_pattern"
    """One is slow when the other is fast."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Agents that belong together."""

    type: PatternType
    agents: Sequence[int]
    strength: float
    """Mean of |r| over the pairs that tie them."""
    severity: Severity
    """By the strength as printed (two decimals): HIGH from 0.90, MEDIUM from 0.80, else LOW."""
    description: str
    recommendation: str


@dataclass(frozen=True, slots=True)
class Level:
    """One agent's mean latency over the window and over its last hour, None where there was no answer."""

    window_us: float | None
    last_hour_us: float | None


SAID = {
    PatternType.SIMILAR_DEGRADATION: (
        "These agents slowed down together",
        "Look at what they share: provider, exchange, power, or the far end",
    ),
    PatternType.SIMILAR_PATTERN: (
        "The latency of these agents rises and falls together",
        "They share a part of the path; keep that in mind when one is meant to stand in for the other",
    ),
    PatternType.INVERSE_PATTERN: (
        "One of these agents is slow when the other is fast",
        "See whether load balancing or failover moves traffic between them",
    ),
}


def protocol_of(answered: Mapping[Protocol, int]) -> Protocol | None:
    """Return whose means are an agent's series, by how many five minutes each protocol has a mean of; None of none.

    It is one protocol's, the one that answered in most of them (icmp before twamp, udp, tcp): a mean over protocols
    would jump whenever a reflector comes or goes, on every agent at once.
    """
    names = [name for group in CARRIERS for name in group if answered.get(name)]
    return max(names, key=lambda name: answered[name], default=None)


# ---------------------------------------------------------------- sums
def pair_sums(series: Mapping[int, Series]) -> Pairs:
    """Return the sums of every two agents over the buckets both have."""
    ordered = {agent: dict(sorted(one.items())) for agent, one in sorted(series.items())}
    times = {agent: tuple(one) for agent, one in ordered.items()}
    values = {agent: list(one.values()) for agent, one in ordered.items()}
    own = {agent: (sum(xs), sum(map(mul, xs, xs))) for agent, xs in values.items()}
    pairs: Pairs = {}
    for a, b in combinations(ordered, 2):
        if times[a] == times[b]:
            (x, xx), (y, yy) = own[a], own[b]
            pairs[a, b] = PairSums(len(times[a]), x, y, xx, yy, sum(map(mul, values[a], values[b])))
        else:
            pairs[a, b] = _common_sums(ordered[a], ordered[b])
    return pairs


def merged_pairs(parts: Iterable[Pairs]) -> Pairs:
    """Return what the sums of days come to together."""
    whole: Pairs = {}
    for part in parts:
        for pair, sums in part.items():
            before = whole.get(pair)
            whole[pair] = sums if before is None else PairSums(*map(int.__add__, before, sums))
    return whole


def pearson(sums: PairSums) -> float | None:
    """Return r, -1 to 1; None below six common buckets or when one of the two never moved."""
    spread = (sums.n * sums.xx - sums.x**2) * (sums.n * sums.yy - sums.y**2)
    if sums.n < LEAST_BUCKETS or not spread:
        return None
    return max(-1.0, min(1.0, (sums.n * sums.xy - sums.x * sums.y) / sqrt(spread)))


# ---------------------------------------------------------------- patterns
def levels_of(series: Mapping[int, Series], end_ts: int) -> dict[int, Level]:
    """Return the levels of agents over a window that ends at ``end_ts``."""
    return {
        agent: Level(mean_of(one.values()), mean_of(us for ts, us in one.items() if ts >= end_ts - HOUR))
        for agent, one in series.items()
    }


def patterns_of(pairs: Pairs, levels: Mapping[int, Level], threshold: float) -> list[Pattern]:
    """Return the groups, then the inverse pairs, each strongest first."""
    known = {pair: r for pair, sums in pairs.items() if (r := pearson(sums)) is not None}
    ties = {pair: r for pair, r in known.items() if r > 0 and r >= threshold}
    groups = [
        _pattern(_kind(group, levels), group, [r for pair, r in ties.items() if pair[0] in group])
        for group in _components(ties)
    ]
    inverse = [
        _pattern(PatternType.INVERSE_PATTERN, pair, [r]) for pair, r in known.items() if r < 0 and r <= -threshold
    ]
    return [*sorted(groups, key=_strongest_first), *sorted(inverse, key=_strongest_first)]


def analysed(series: Mapping[int, Series]) -> int:
    """Return how many agents have buckets enough to be compared."""
    return sum(len(one) >= LEAST_BUCKETS for one in series.values())


def _common_sums(one: Series, two: Series) -> PairSums:
    common = one.keys() & two.keys()
    xs, ys = [one[ts] for ts in common], [two[ts] for ts in common]
    return PairSums(len(xs), sum(xs), sum(ys), sum(map(mul, xs, xs)), sum(map(mul, ys, ys)), sum(map(mul, xs, ys)))


def _components(ties: Iterable[tuple[int, int]]) -> list[list[int]]:
    groups: list[set[int]] = []
    for pair in ties:
        touched = [group for group in groups if not group.isdisjoint(pair)]
        groups = [group for group in groups if group.isdisjoint(pair)]
        groups.append(set(pair).union(*touched))
    return [sorted(group) for group in groups]


def _kind(group: Sequence[int], levels: Mapping[int, Level]) -> PatternType:
    known = [
        (level.window_us, level.last_hour_us)
        for level in (levels[agent] for agent in group)
        if level.window_us is not None and level.last_hour_us is not None
    ]
    is_slower = sum(now - usual for usual, now in known) > 0
    return PatternType.SIMILAR_DEGRADATION if is_slower else PatternType.SIMILAR_PATTERN


def _pattern(kind: PatternType, agents: Sequence[int], ties: Sequence[float]) -> Pattern:
    strength = fmean(map(abs, ties))
    return Pattern(kind, tuple(agents), strength, _severity(round(strength, 2)), *SAID[kind])


def _severity(strength: float) -> Severity:
    if strength >= HIGH_FROM:
        return Severity.HIGH
    return Severity.MEDIUM if strength >= MEDIUM_FROM else Severity.LOW


def _strongest_first(pattern: Pattern) -> tuple[float, Sequence[int]]:
    return -pattern.strength, pattern.agents
