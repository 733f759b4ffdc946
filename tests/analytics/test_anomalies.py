"""Half minutes out of the ordinary."""

from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.anomalies import (
    Past,
    ProtocolAnomalies,
    event_pct,
    events_of,
    merge_events,
    protocol_anomalies,
    report_of,
    spread_ms,
)
from ispstatus.model.series import Aggregate, Events, Protocol

STEADY = [20_000, 20_400] * 10


def judged(means: list[int], every_s: int = 30) -> list[bool]:
    past = Past()
    return [past.judge(place * every_s, mean) for place, mean in enumerate(means)]


# -------------------------------------------------------------------- flags
def slow_flag(means: list[tuple[int, int]], place: int) -> bool:
    """The definition, from the whole list each time."""
    ts, value = means[place]
    past = [mean for other_ts, mean in means[:place] if ts - 3600 <= other_ts]
    if len(past) < 10:
        return False
    middle = median(past)
    spread = median([abs(mean - middle) for mean in past])
    return abs(value - middle) > 3.5 * 1.4826 * spread and abs(value - middle) > 1000


MEANS = st.one_of(st.integers(19_000, 21_000), st.integers(19_000, 21_000), st.integers(15_000, 30_000))


@given(st.lists(st.tuples(st.sampled_from([30, 30, 30, 60, 900]), MEANS), max_size=150))
def test_flags_given_at_ingest_are_those_of_the_definition(steps: list[tuple[int, int]]) -> None:
    means, ts = [], 0
    for ahead, mean in steps:
        ts += ahead
        means.append((ts, mean))
    past = Past()

    assert [past.judge(*one) for one in means] == [slow_flag(means, place) for place in range(len(means))]


def test_a_spike_is_flagged_and_what_follows_it_is_not() -> None:
    assert judged([*STEADY, 60_000, 20_200]) == [False] * 20 + [True, False]


def test_nothing_is_flagged_before_five_minutes_have_passed() -> None:
    assert not any(judged([*STEADY[:9], 900_000]))
    assert judged([*STEADY[:10], 900_000])[-1]


def test_a_still_line_may_move_by_a_millisecond() -> None:
    assert judged([*[20_000] * 20, 21_000, 19_000, 21_001])[-3:] == [False, False, True]


def test_a_new_level_is_ordinary_once_it_fills_half_the_hour() -> None:
    flags = judged(
        [20_000 + place % 2 * 400 for place in range(120)] + [60_000 + place % 2 * 400 for place in range(70)]
    )

    assert all(flags[120:179])
    assert not any(flags[181:])


@settings(max_examples=30)
@given(st.lists(MEANS, min_size=121, max_size=180), MEANS)
def test_the_stored_hour_is_all_a_restart_needs(means: list[int], coming: int) -> None:
    running, restarted = Past(), Past()
    for place, mean in enumerate(means):
        running.judge(place * 30, mean)
    for place, mean in list(enumerate(means))[-120:]:
        restarted.judge(place * 30, mean)

    assert restarted.judge(len(means) * 30, coming) is running.judge(len(means) * 30, coming)


@pytest.mark.parametrize(("mean", "is_flagged"), [(25_189, False), (25_190, True), (14_811, False), (14_810, True)])
def test_anomalous_is_beyond_three_and_a_half_scaled_deviations(mean: int, is_flagged: bool) -> None:
    median_20_mad_1 = [19_000, 20_000, 21_000] * 5

    assert judged([*median_20_mad_1, mean])[-1] is is_flagged


@pytest.mark.parametrize(("ts", "is_flagged"), [(3600, True), (3601, False)])
def test_what_lies_more_than_an_hour_back_is_forgotten(ts: int, is_flagged: bool) -> None:
    past = Past()
    for place in range(10):
        past.judge(place * 30, 20_000)

    assert past.judge(ts, 60_000) is is_flagged


def test_a_clock_that_steps_back_starts_a_new_past() -> None:
    past = Past()
    for place in range(20):
        past.judge(place * 30, 20_000)

    assert not past.judge(19 * 30, 60_000)
    assert not past.judge(20 * 30, 20_000)


def test_spread_is_the_scaled_median_deviation() -> None:
    assert spread_ms([]) is None
    assert spread_ms([20_000]) == 0.0
    assert spread_ms([10_000, 12_000, 13_000, 40_000]) == pytest.approx(1.4826 * 1.5)


@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=60))
def test_spread_is_what_two_medians_say(means: list[int]) -> None:
    middle = median(means)

    assert spread_ms(means) == pytest.approx(1.4826 * median([abs(mean - middle) for mean in means]) / 1000)


# -------------------------------------------------------------------- events
FINE, LOSSY, EMPTY = aggregate_of([20_000]), aggregate_of([20_000, None]), Aggregate()
HALVES = st.lists(st.tuples(st.sampled_from([FINE, LOSSY, EMPTY]), st.booleans()), max_size=12)


def slow_events(halves: list[tuple[Aggregate, bool]]) -> Events:
    """Runs read off a text of dots and crosses."""
    measured = [(sums, flag) for sums, flag in halves if sums.sent]
    text = "".join("x" if flag or sums.lost else "." for sums, flag in measured)
    return Events(
        windows=len(text),
        anomalous=sum(flag for _, flag in measured),
        eventful=text.count("x"),
        head=len(text) - len(text.lstrip("x")),
        tail=len(text) - len(text.rstrip("x")),
        longest=max(map(len, text.split("."))),
    )


@given(HALVES)
def test_events_are_counted_with_their_runs(halves: list[tuple[Aggregate, bool]]) -> None:
    assert events_of(halves) == slow_events(halves)


@given(HALVES, HALVES, HALVES)
def test_events_merge_as_if_they_had_never_been_cut(
    one: list[tuple[Aggregate, bool]], two: list[tuple[Aggregate, bool]], three: list[tuple[Aggregate, bool]]
) -> None:
    a, b, c = map(events_of, (one, two, three))

    assert merge_events(merge_events(a, b), c) == merge_events(a, merge_events(b, c)) == slow_events(one + two + three)


def test_the_event_rate_counts_flags_not_losses() -> None:
    assert event_pct(events_of([(FINE, True), (LOSSY, False), (FINE, False), (FINE, False)])) == 25.0
    assert event_pct(Events()) is None


# -------------------------------------------------------------------- report
def test_a_protocol_reports_its_half_minutes() -> None:
    halves = [(FINE, False), (LOSSY, False), (FINE, True), (FINE, False)]

    seen = protocol_anomalies(aggregate_of([20_000, 24_000, None, 31_000]), events_of(halves), 1.5)

    assert seen == ProtocolAnomalies(1.5, 1, 25.0, 50.0, is_anomaly=False)


def test_only_three_in_a_row_are_an_anomaly() -> None:
    two = protocol_anomalies(FINE, events_of([(FINE, True), (LOSSY, False)]), 0.0)
    three = protocol_anomalies(FINE, events_of([(FINE, True), (LOSSY, False), (FINE, True)]), 0.0)

    assert two is not None
    assert three is not None
    assert (two.is_anomaly, three.is_anomaly) == (False, True)


def test_what_was_not_measured_is_not_reported() -> None:
    assert protocol_anomalies(Aggregate(), Events(), None) is None
    assert report_of({Protocol.TCP: None}).protocols == {}


def test_a_dead_protocol_has_drops_and_no_latency() -> None:
    dead = aggregate_of([None] * 6)

    seen = protocol_anomalies(dead, events_of([(dead, False)] * 3), spread_ms([]))

    assert seen == ProtocolAnomalies(None, 6, None, 100.0, is_anomaly=True)


def calm(*, is_anomaly: bool) -> ProtocolAnomalies:
    return ProtocolAnomalies(1.0, 0, 20.0, 0.0, is_anomaly)


@pytest.mark.parametrize(
    ("odd", "begins"),
    [
        ("", "No anomalies detected"),
        ("tcp", "Anomalies on TCP: "),
        ("tcp udp", "Anomalies on TCP and UDP: "),
        ("tcp udp icmp", "Anomalies on TCP, UDP and ICMP: "),
    ],
)
def test_the_summary_names_the_protocols_that_stood_out(odd: str, begins: str) -> None:
    report = report_of({protocol: calm(is_anomaly=protocol in odd.split()) for protocol in Protocol})

    assert report.summary.startswith(begins)
    assert report.is_anomaly == bool(odd)
    assert len(report.protocols) == 6
