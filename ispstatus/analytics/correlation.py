"""Agents whose latency moves together, or against each other (NOTES A6 N).

Pearson's r between the five-minute means of two agents, over the buckets both have: at least six of them, and both
must vary. Agents tied by r at or above the threshold form a group (a connected component); each pair at or below minus
the threshold is a pattern of its own.

    r = (n * sum(xy) - sum(x) * sum(y)) / sqrt((n * sum(x^2) - sum(x)^2) * (n * sum(y^2) - sum(y)^2))

The sums are whole microseconds, so nothing cancels and those of days add up: a week is seven additions per pair.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, combinations
from math import sqrt
from operator import mul
from statistics import fmean
from typing import NamedTuple

from ispstatus.analytics.aggregates import HOUR
from ispstatus.analytics.latency import CARRIERS, mean_of
from ispstatus.analytics.speaking import Part, speakers
from ispstatus.analytics.trends import Severity
from ispstatus.model.series import Protocol

LEAST_BUCKETS = 6
HIGH_FROM = 0.9
MEDIUM_FROM = 0.8

COMPARED = (*chain.from_iterable(CARRIERS),)
"""The protocols that agents are compared by: icmp, twamp, udp, tcp."""
Series = Mapping[int, int]
"""One series' mean latency in microseconds by the start of its five minutes; those without an answer are not in it."""


class PairSums(NamedTuple):
    """What the common buckets of two series add up to."""

    n: int
    x: int
    y: int
    xx: int
    yy: int
    xy: int


Pairs = dict[tuple[int, int], PairSums]
"""By series or by agents, the lower one first."""


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


# ---------------------------------------------------------------- series
def series_of(ends: Iterable[tuple[int, Part]]) -> dict[int, int]:
    """Return the series that agents are compared by, and whose each is, from all ``(agent, far end)``.

    What a far end answered is counted in five minutes here. A series is one protocol's: a mean over protocols would
    jump whenever a reflector comes or goes, on every agent at once.
    """
    of_agents: dict[int, list[Part]] = {}
    for agent, part in ends:
        of_agents.setdefault(agent, []).append(part)
    found = {}
    for agent, parts in of_agents.items():
        spoken = speakers(parts)
        protocol = protocol_of({name: part.sums.received for name, part in spoken.items()})
        if protocol is not None:
            found[spoken[protocol].series] = agent
    return found


def protocol_of(answered: Mapping[Protocol, int]) -> Protocol | None:
    """Return the first of icmp, twamp, udp and tcp that answered in half as many five minutes as any; None of none."""
    most = max((answered.get(name, 0) for name in COMPARED), default=0)
    return next((name for name in COMPARED if most and 2 * answered.get(name, 0) >= most), None)


# ---------------------------------------------------------------- sums
def pair_sums(series: Mapping[int, Series]) -> Pairs:
    """Return the sums of every two series over the buckets both have.

    A bucket that one of the two has not counts as 0 in the products, and is taken off the other's sums.
    """
    moments = sorted({*chain.from_iterable(series.values())})
    values = {number: [one.get(ts, 0) for ts in moments] for number, one in sorted(series.items())}
    gaps = {number: {place for place, ts in enumerate(moments) if ts not in one} for number, one in series.items()}
    whole = {number: alone(one) for number, one in series.items()}
    pairs: Pairs = {}
    for a, b in combinations(values, 2):
        x, xx = _less(whole[a], values[a], gaps[b])
        y, yy = _less(whole[b], values[b], gaps[a])
        n = len(moments) - len(gaps[a] | gaps[b])
        pairs[a, b] = PairSums(n, x, y, xx, yy, sum(map(mul, values[a], values[b])))
    return pairs


def alone(one: Series) -> PairSums:
    """Return the sums of a series with itself."""
    x, xx = sum(one.values()), sum(us * us for us in one.values())
    return PairSums(len(one), x, x, xx, xx, xx)


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
def level_of(days: Iterable[tuple[int, int]], means: Series, end_ts: int) -> Level:
    """Return a level over a window that ends at ``end_ts``.

    ``days``: how many buckets whole days of it have, and the sum of their means; ``means``: its other buckets.
    """
    buckets, sum_us = map(sum, zip(*days, (len(means), sum(means.values())), strict=True))
    last_hour_us = mean_of(us for ts, us in means.items() if ts >= end_ts - HOUR)
    return Level(sum_us / buckets if buckets else None, last_hour_us)


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


def _less(whole: PairSums, values: Sequence[int], places: Collection[int]) -> tuple[int, int]:
    """Return the sums of values and of squares without those at some places."""
    if not places:
        return whole.x, whole.xx
    left = [values[place] for place in places]
    return whole.x - sum(left), whole.xx - sum(map(mul, left, left))


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
