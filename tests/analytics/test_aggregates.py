"""Sums that merge exactly."""

import json
from collections.abc import Sequence
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.aggregates import (
    HALF_MINUTE,
    Summing,
    aggregate_of,
    half_minute_of,
    jitter_ms,
    joined,
    loss_pct,
    mean_ms,
    merge,
    stdev_ms,
    variation_pct,
    volatility_pct,
)
from ispstatus.analytics.stats import differences
from ispstatus.model.series import Aggregate, HalfMinute
from tests.analytics.slow import jitter

NOTHING = Aggregate()
SAMPLES = st.lists(st.none() | st.integers(-5_000, 3_000_000), max_size=30)


def by_hand(samples: Sequence[int | None]) -> Aggregate:
    """The slow, obvious definition."""
    answers = [value for value in samples if value is not None]
    steps = [int(step) for step in differences(samples)]
    return Aggregate(
        sent=len(samples),
        lost=len(samples) - len(answers),
        sum_us=sum(answers),
        min_us=min(answers, default=None),
        max_us=max(answers, default=None),
        squares_us2=sum(value**2 for value in answers),
        steps_us=sum(steps),
        steps=len(steps),
        first_us=samples[0] if samples else None,
        last_us=samples[-1] if samples else None,
    )


@given(SAMPLES)
def test_an_aggregate_is_the_sums_of_its_samples(samples: list[int | None]) -> None:
    assert aggregate_of(samples) == by_hand(samples)


@given(SAMPLES, SAMPLES)
def test_neighbours_merge_to_the_aggregate_of_all_their_samples(one: list[int | None], two: list[int | None]) -> None:
    assert merge(aggregate_of(one), aggregate_of(two)) == by_hand(one + two)


@given(SAMPLES, SAMPLES, SAMPLES)
def test_merging_is_associative_and_nothing_changes_nothing(
    one: list[int | None], two: list[int | None], three: list[int | None]
) -> None:
    a, b, c = map(aggregate_of, (one, two, three))

    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, NOTHING) == merge(NOTHING, a) == a


def test_a_loss_is_not_bridged() -> None:
    assert aggregate_of([10_000, None, 50_000]).steps == 0
    assert merge(aggregate_of([10_000, None]), aggregate_of([50_000])).steps == 0
    assert merge(aggregate_of([10_000]), aggregate_of([None, 50_000])).steps == 0
    assert merge(aggregate_of([10_000]), aggregate_of([50_000])).steps_us == 40_000


def test_what_was_not_measured_is_not_counted_and_not_bridged() -> None:
    late = Summing()
    late.skip()
    late.add(50_000)
    early = Summing()
    early.add(10_000)
    early.skip()

    assert late.close() == Aggregate(1, 0, 50_000, 50_000, 50_000, 2_500_000_000, first_us=None, last_us=50_000)
    assert merge(aggregate_of([40_000]), late.close()).steps == 0
    assert merge(early.close(), aggregate_of([40_000])).steps == 0


# -------------------------------------------------------------------- half minutes
@given(st.lists(st.none() | SAMPLES, max_size=8))
def test_half_minutes_join_as_their_samples_do_and_a_missing_one_is_not_bridged(
    halves: list[list[int | None] | None],
) -> None:
    parts = [(place * HALF_MINUTE, aggregate_of(half)) for place, half in enumerate(halves) if half is not None]
    broken = differences(value for half in halves for value in (half or [None]))
    sent = sum(len(half) for half in halves if half)

    whole = joined(parts, HALF_MINUTE)

    assert (whole.sent, whole.steps, whole.steps_us) == (sent, len(broken), sum(broken))


@given(SAMPLES, st.integers(1, 5))
def test_a_whole_hour_is_the_same_however_it_was_cut(samples: list[int | None], length: int) -> None:
    cut = [samples[place : place + length] for place in range(0, len(samples), length)]
    parts = [(number * HALF_MINUTE, aggregate_of(part)) for number, part in enumerate(cut)]

    assert joined(parts, HALF_MINUTE) == by_hand(samples)


# -------------------------------------------------------------------- what they say
def test_jitter_of_the_published_example() -> None:
    sums = aggregate_of([136_000, 184_000, 115_000, 148_000, 125_000])

    assert jitter_ms(sums) == 43.25
    assert volatility_pct(sums) == pytest.approx(37.5)


@given(st.lists(st.none() | st.integers(1, 3_000_000), min_size=1, max_size=30))
def test_figures_are_those_of_the_samples(samples: list[int | None]) -> None:
    sums = aggregate_of(samples)
    answers = [value / 1000 for value in samples if value is not None]
    steps = jitter([None if value is None else value / 1000 for value in samples])

    assert loss_pct(sums) == pytest.approx(100 * samples.count(None) / len(samples))
    assert jitter_ms(sums) == (None if steps is None else pytest.approx(steps))
    if answers:
        assert mean_ms(sums) == pytest.approx(fmean(answers))
        assert stdev_ms(sums) == pytest.approx(pstdev(answers), abs=1e-6)
        assert variation_pct(sums) == pytest.approx(100 * pstdev(answers) / fmean(answers), abs=1e-4)
        assert volatility_pct(sums) == pytest.approx(100 * (max(answers) - min(answers)) / max(answers))


@pytest.mark.parametrize("figure", [mean_ms, stdev_ms, jitter_ms, volatility_pct, variation_pct])
@pytest.mark.parametrize("samples", [[], [None, None]])
def test_without_an_answer_there_is_no_figure(figure: object, samples: list[int | None]) -> None:
    assert callable(figure)
    assert figure(aggregate_of(samples)) is None


def test_loss_of_nothing_sent_is_not_zero() -> None:
    assert loss_pct(NOTHING) is None
    assert loss_pct(aggregate_of([None, None])) == 100.0
    assert loss_pct(aggregate_of([None, 1, 1, 1])) == 25.0


def test_a_round_trip_of_no_time_at_all_divides_nothing() -> None:
    instant = aggregate_of([0, 0])

    assert (volatility_pct(instant), variation_pct(instant), mean_ms(instant)) == (0.0, 0.0, 0.0)


def test_one_way_deltas_may_be_negative_and_stay_so_in_json() -> None:
    forward, reverse, processing = (aggregate_of([delta_us]) for delta_us in (12_920, -4_190, 110))

    assert json.dumps([mean_ms(forward), mean_ms(reverse), mean_ms(processing)]) == "[12.92, -4.19, 0.11]"
    assert reverse.max_us == -4_190


def test_a_half_minute_has_the_median_of_its_answers() -> None:
    assert half_minute_of([10, 14, None, 20, 21]) == HalfMinute(aggregate_of([10, 14, None, 20, 21]), 17)
    assert half_minute_of([None]) == HalfMinute(Aggregate(1, 1))
    assert half_minute_of([]) == HalfMinute(Aggregate())
