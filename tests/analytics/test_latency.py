"""Which protocols speak for an agent."""

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.latency import answering, application_ms, carriers, line_ms, network_ms, packet_loss_pct
from ispstatus.model.series import Aggregate, Protocol

ICMP, TWAMP, TCP, UDP, HTTP, HTTPS = (Protocol(name) for name in ("icmp", "twamp", "tcp", "udp", "http", "https"))
Seen = dict[Protocol, list[float | None]]


def sums(seen: Seen) -> dict[Protocol, Aggregate]:
    """Aggregates of round trips in milliseconds."""
    return {
        protocol: aggregate_of(None if rtt is None else round(rtt * 1000) for rtt in rtts)
        for protocol, rtts in seen.items()
    }


# -------------------------------------------------------------------- published readings
@pytest.mark.parametrize(
    ("tcp", "udp", "http", "https", "mean"), [(8.94, 9.53, 9.09, 18, 11.39), (8.95, 9.34, 8.79, 16.92, 11.00)]
)
def test_application_latency_of_the_published_readings(
    tcp: float, udp: float, http: float, https: float, mean: float
) -> None:
    assert application_ms(sums({TCP: [tcp], UDP: [udp], HTTP: [http], HTTPS: [https]})) == pytest.approx(mean)


def test_network_latency_of_the_published_reading() -> None:
    assert network_ms(sums({ICMP: [9.2], TWAMP: [9.45]})) == pytest.approx(9.325)


# -------------------------------------------------------------------- against the definitions
SEEN = st.dictionaries(
    st.sampled_from(Protocol),
    st.lists(st.none() | st.integers(1, 3_000_000).map(lambda us: us / 1000), max_size=6),
)


def slow_mean(seen: Seen, *protocols: Protocol) -> float | None:
    means = []
    for protocol in protocols:
        answers = [rtt for rtt in seen.get(protocol, []) if rtt is not None]
        if answers:
            means.append(fmean(answers))
    return fmean(means) if means else None


def slow_loss(seen: Seen) -> float | None:
    every = [rtt for rtts in seen.values() for rtt in rtts]
    if not every:
        return None
    if set(every) == {None}:
        return 100.0
    answers = {name: rtts for name, rtts in seen.items() if set(rtts) - {None}}
    packets: list[float | None] = []
    if TWAMP in answers:
        packets = answers[TWAMP] + answers.get(UDP, [])
    elif ICMP in answers:
        packets = answers[ICMP]
    elif UDP in answers:
        packets = answers[UDP]
    return 100 * packets.count(None) / len(packets) if packets else None


@given(SEEN)
def test_latencies_are_means_of_the_means_there_are(seen: Seen) -> None:
    network, fallback = slow_mean(seen, ICMP, TWAMP), slow_mean(seen, UDP, TCP)

    assert network_ms(sums(seen)) == (None if network is None else pytest.approx(network))
    assert application_ms(sums(seen)) == pytest.approx(slow_mean(seen, TCP, UDP, HTTP, HTTPS))
    assert line_ms(sums(seen)) == pytest.approx(fallback if network is None else network)


@given(SEEN)
def test_loss_is_lost_of_sent(seen: Seen) -> None:
    assert packet_loss_pct(sums(seen)) == pytest.approx(slow_loss(seen))


# -------------------------------------------------------------------- who is left out
def test_a_silent_far_end_is_not_the_uplinks_loss() -> None:
    reflector_gone = sums({ICMP: [20.0] * 9 + [None], UDP: [None] * 10, TWAMP: [None] * 10})

    assert packet_loss_pct(reflector_gone) == 10.0
    assert list(carriers(reflector_gone)) == [ICMP]
    assert network_ms(reflector_gone) == 20.0


def test_losses_are_counted_over_udp_and_twamp_together() -> None:
    assert packet_loss_pct(sums({ICMP: [None, 1.0], UDP: [1.0] * 30, TWAMP: [None, *[1.0] * 9]})) == 2.5


def test_a_lost_question_is_not_the_lines_loss_while_there_are_pings() -> None:
    assert packet_loss_pct(sums({ICMP: [1.0] * 60, UDP: [1.0, 1.0, None, 1.0, 1.0]})) == 0.0
    assert packet_loss_pct(sums({ICMP: [None] * 60, UDP: [1.0, 1.0, None, 1.0, 1.0]})) == 20.0


def test_a_line_without_pings_is_judged_by_udp_and_tcp() -> None:
    filtered = sums({ICMP: [None] * 5, UDP: [30.0], TCP: [40.0], HTTPS: [90.0]})

    assert network_ms(filtered) is None
    assert line_ms(filtered) == 35.0
    assert packet_loss_pct(filtered) == 0.0


def test_a_dead_line_has_lost_everything_and_an_unmeasured_one_nothing() -> None:
    assert packet_loss_pct(sums({ICMP: [None], TCP: [None]})) == 100.0
    assert packet_loss_pct(sums({ICMP: []})) is None
    assert packet_loss_pct({}) is None
    assert packet_loss_pct(sums({HTTPS: [90.0, None]})) is None
    assert answering({}) == {}
