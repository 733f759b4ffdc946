"""Agents whose latency moves together."""

from itertools import combinations
from statistics import StatisticsError, correlation, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.correlation import (
    Level,
    PairSums,
    PatternType,
    level_of,
    merged_pairs,
    pair_sums,
    patterns_of,
    pearson,
    protocol_of,
    series_of,
)
from ispstatus.analytics.speaking import Part
from ispstatus.analytics.trends import Severity
from ispstatus.model.series import Aggregate, Protocol

ICMP, TWAMP, TCP, UDP, HTTPS = (Protocol(name) for name in ("icmp", "twamp", "tcp", "udp", "https"))


def tie(r: float) -> PairSums:
    """Sums of ten buckets whose r is ``r``."""
    return PairSums(10, 0, 0, 1_000_000, 1_000_000, round(r * 1_000_000))


def calm(*agents: int) -> dict[int, Level]:
    return {agent: Level(20_000, 20_000) for agent in agents}


# -------------------------------------------------------------------- r
TIMES = st.integers(0, 11).map(lambda place: place * 300)
SERIES = st.dictionaries(TIMES, st.integers(1_000, 900_000), max_size=12)


def slow_r(one: dict[int, int], two: dict[int, int]) -> float | None:
    """The library's, over the buckets both have."""
    common = sorted(one.keys() & two.keys())
    if len(common) < 6:
        return None
    try:
        return correlation([one[ts] for ts in common], [two[ts] for ts in common])
    except StatisticsError:
        return None


@given(st.lists(SERIES, max_size=4))
def test_r_is_pearsons_over_the_common_buckets(series: list[dict[int, int]]) -> None:
    pairs = pair_sums(dict(enumerate(series)))

    assert list(pairs) == list(combinations(range(len(series)), 2))
    for (a, b), sums in pairs.items():
        slow, quick = slow_r(series[a], series[b]), pearson(sums)
        assert quick == (None if slow is None else pytest.approx(slow, abs=1e-6))


@given(st.lists(SERIES, max_size=4))
def test_sums_are_of_the_common_buckets_whichever_of_the_two_misses_some(series: list[dict[int, int]]) -> None:
    for (a, b), sums in pair_sums(dict(enumerate(series))).items():
        common = series[a].keys() & series[b].keys()
        xs, ys = [series[a][ts] for ts in common], [series[b][ts] for ts in common]
        assert sums == (
            len(common),
            sum(xs),
            sum(ys),
            sum(x * x for x in xs),
            sum(y * y for y in ys),
            sum(x * y for x, y in zip(xs, ys, strict=True)),
        )


@given(SERIES, SERIES, st.integers(0, 12))
def test_sums_of_days_add_up_to_those_of_the_week(one: dict[int, int], two: dict[int, int], cut: int) -> None:
    def part(is_early: bool) -> dict[int, dict[int, int]]:
        return {
            agent: {ts: us for ts, us in series.items() if (ts < cut * 300) is is_early}
            for agent, series in ((3, one), (7, two))
        }

    assert merged_pairs([pair_sums(part(True)), pair_sums(part(False))]) == pair_sums({3: one, 7: two})


def test_r_needs_six_common_buckets_and_movement_on_both_sides() -> None:
    assert pearson(PairSums(0, 0, 0, 0, 0, 0)) is None
    assert pearson(PairSums(5, 0, 0, 10, 10, 5)) is None
    assert pearson(PairSums(6, 0, 0, 10, 10, 5)) == 0.5
    assert pearson(PairSums(6, 60, 0, 600, 10, 5)) is None


def test_r_stays_within_one_where_rounding_would_take_it_beyond() -> None:
    big = 66_481_243_890_420_443

    assert pearson(PairSums(6, 0, 0, big, big, big)) == 1.0
    assert pearson(PairSums(6, 0, 0, big, big, -big)) == -1.0


# -------------------------------------------------------------------- series
def sums(**rtts_ms: float | None) -> dict[Protocol, Aggregate]:
    return {Protocol(name): aggregate_of([None if rtt is None else round(rtt * 1000)]) for name, rtt in rtts_ms.items()}


def test_a_series_is_that_of_the_first_protocol_that_answered_half_as_often_as_any() -> None:
    assert protocol_of({TWAMP: 9, ICMP: 5, TCP: 2}) is ICMP
    assert protocol_of({TWAMP: 9, ICMP: 4, TCP: 2}) is TWAMP
    assert protocol_of({UDP: 2, TCP: 1, HTTPS: 9}) is UDP
    assert protocol_of({ICMP: 0, TCP: 1}) is TCP
    assert protocol_of({HTTPS: 1}) is None
    assert protocol_of({}) is None


def test_an_agent_is_compared_by_one_far_end_of_one_protocol() -> None:
    def part(number: int, protocol: Protocol, buckets: int, *, is_own: bool = False) -> Part:
        return Part(protocol, f"192.0.2.{number}", is_own, Aggregate(buckets), series=number)

    ends = [
        (7, part(1, ICMP, 9)),
        (7, part(2, ICMP, 6, is_own=True)),
        (7, part(3, TCP, 9)),
        (8, part(4, ICMP, 1)),
        (8, part(5, TWAMP, 4)),
        (9, part(6, ICMP, 0)),
        (9, part(7, HTTPS, 5)),
    ]

    assert series_of(ends) == {2: 7, 5: 8}


def test_levels_are_means_of_the_window_and_of_its_last_hour() -> None:
    series = {ts: 10_000 if ts < 3600 else 40_000 for ts in range(0, 7200, 300)}

    assert level_of([], series, 7200) == Level(25_000, 40_000)
    assert level_of([(6, 60_000), (0, 0)], dict.fromkeys(range(3600, 7200, 1800), 40000), 7200) == Level(17_500, 40_000)
    assert level_of([], {0: 10_000}, 7200) == Level(10_000, None)
    assert level_of([], {}, 7200) == Level(None, None)


# -------------------------------------------------------------------- patterns
R = st.integers(-100, 100).map(lambda cents: cents / 100)


def slow_groups(ties: dict[tuple[int, int], float], threshold: float) -> set[frozenset[int]]:
    """Everyone who can be reached from each agent, by asking again until nothing changes."""
    edges = [pair for pair, r in ties.items() if r >= threshold and r > 0]
    reached = {agent: {agent} for pair in edges for agent in pair}
    for _ in reached:
        for a, b in edges:
            reached[a] = reached[b] = reached[a] | reached[b]
        for agent in reached:
            reached[agent] = set().union(*(reached[other] for other in reached[agent]))
    return {frozenset(group) for group in reached.values()}


@given(st.lists(R, min_size=15, max_size=15), st.sampled_from([0.0, 0.5, 0.7, 0.95]))
def test_groups_are_connected_components_and_inverse_pairs_stand_alone(rs: list[float], threshold: float) -> None:
    ties = dict(zip(combinations(range(1, 7), 2), rs, strict=True))

    patterns = patterns_of({pair: tie(r) for pair, r in ties.items()}, calm(*range(1, 7)), threshold)
    groups = [one for one in patterns if one.type is PatternType.SIMILAR_PATTERN]
    inverse = [one for one in patterns if one.type is PatternType.INVERSE_PATTERN]

    assert {frozenset(one.agents) for one in groups} == slow_groups(ties, threshold)
    assert {one.agents for one in inverse} == {pair for pair, r in ties.items() if r < 0 and -r >= threshold}
    for one in groups:
        tied = [r for pair, r in ties.items() if {*pair} <= {*one.agents} and r >= threshold and r > 0]
        assert one.strength == pytest.approx(fmean(tied))
    assert patterns == groups + inverse
    assert [one.strength for one in groups] == sorted((one.strength for one in groups), reverse=True)


@pytest.mark.parametrize(
    ("r", "severity"),
    [
        (0.72, Severity.LOW),
        (0.794, Severity.LOW),
        (0.796, Severity.MEDIUM),
        (0.85, Severity.MEDIUM),
        (0.894, Severity.MEDIUM),
        (0.896, Severity.HIGH),
        (1.0, Severity.HIGH),
    ],
)
def test_severity_follows_the_strength_that_is_printed(r: float, severity: Severity) -> None:
    for sign in (1, -1):
        (pattern,) = patterns_of({(1, 2): tie(sign * r)}, calm(1, 2), 0.7)
        assert (pattern.severity, pattern.agents) == (severity, (1, 2))


def test_a_pair_at_the_threshold_is_tied_and_one_below_it_is_not() -> None:
    pairs = {(1, 2): tie(0.7), (1, 3): tie(-0.7), (4, 5): tie(0.699), (4, 6): tie(-0.699)}

    assert [one.agents for one in patterns_of(pairs, calm(*range(1, 7)), 0.7)] == [(1, 2), (1, 3)]


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        ({1: Level(20_000, 30_000), 2: Level(20_000, 20_000)}, PatternType.SIMILAR_DEGRADATION),
        ({1: Level(20_000, 20_000), 2: Level(20_000, 20_000)}, PatternType.SIMILAR_PATTERN),
        ({1: Level(20_000, 15_000), 2: Level(20_000, 21_000)}, PatternType.SIMILAR_PATTERN),
        ({1: Level(20_000, None), 2: Level(20_000, 21_000)}, PatternType.SIMILAR_DEGRADATION),
        ({1: Level(None, None), 2: Level(20_000, None)}, PatternType.SIMILAR_PATTERN),
    ],
)
def test_a_group_degrades_when_its_last_hour_is_slower_than_its_window(
    levels: dict[int, Level], kind: PatternType
) -> None:
    assert [one.type for one in patterns_of({(1, 2): tie(0.9)}, levels, 0.7)] == [kind]


def test_what_cannot_be_compared_makes_no_pattern() -> None:
    assert patterns_of({(1, 2): PairSums(5, 0, 0, 10, 10, 10)}, calm(1, 2), 0.7) == []
    assert patterns_of({(1, 2): tie(0.0)}, calm(1, 2), 0.0) == []


def test_a_pattern_says_what_it_is_and_what_to_do() -> None:
    patterns = patterns_of({(1, 2): tie(0.9), (1, 3): tie(-0.9)}, calm(1, 2, 3), 0.7)

    assert len({one.description for one in patterns}) == len({one.recommendation for one in patterns}) == 2
