"""The connectivity figures of one agent."""

from collections.abc import Sequence
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.kpis import (
    EXPERIENCE_S,
    LATENCY_S,
    QUALITY_S,
    Expected,
    Health,
    Recent,
    connectivity,
    expected_of,
    experience,
    health_of,
    stability_pct,
    window_s,
)
from ispstatus.analytics.voice import NO_CALL, experience_of
from ispstatus.model.series import Aggregate, Events, Protocol
from ispstatus.model.uplink import Contract
from tests.analytics.slow import jitter

ICMP, TWAMP, TCP, UDP, HTTP, HTTPS = (Protocol(name) for name in ("icmp", "twamp", "tcp", "udp", "http", "https"))
Seen = dict[Protocol, list[float | None]]
USUAL = Expected()
EXAMPLE: list[float | None] = [136.0, 184.0, 115.0, 148.0, 125.0]


def sums(seen: Seen) -> dict[Protocol, Aggregate]:
    return {
        protocol: aggregate_of(None if rtt is None else round(rtt * 1000) for rtt in rtts)
        for protocol, rtts in seen.items()
    }


def recent(seen: Seen) -> Recent:
    """An agent whose three windows hold the same samples."""
    return Recent(latency=sums(seen), experience=sums(seen), quality=sums(seen))


# -------------------------------------------------------------------- the published sample
def test_the_published_readings() -> None:
    seen = connectivity(
        recent({TCP: [8.94], UDP: [9.53], HTTP: [9.09], HTTPS: [18.0], ICMP: [9.2], TWAMP: [9.45]}),
        Expected(40, 98, 0.1),
        is_down=False,
    )

    assert seen.network_latency_ms == pytest.approx(9.325)
    assert seen.application_latency_ms == pytest.approx(11.39)
    assert seen.packet_loss_pct == 0.0
    assert seen.latency_ms == {TCP: 8.94, UDP: 9.53, HTTP: 9.09, HTTPS: 18.0, ICMP: 9.2, TWAMP: 9.45}


def test_the_published_health_is_a_warning() -> None:
    assert health_of(11.39, 65.5, 0.0, Expected(40, 98, 0.1)) == "Warning"


def test_jitter_and_volatility_are_averaged_over_icmp_and_twamp() -> None:
    seen = connectivity(recent({ICMP: EXAMPLE, TWAMP: [10.0, 10.0], TCP: [1.0, 900.0]}), USUAL, is_down=False)

    assert seen.jitter_ms == 43.25 / 2
    assert seen.volatility_pct == pytest.approx(37.5 / 2)
    assert seen.variation_pct is not None
    assert seen.variation_pct == pytest.approx(100 * pstdev([136, 184, 115, 148, 125]) / 141.6 / 2)


# -------------------------------------------------------------------- against the definitions
RTTS = st.lists(st.none() | st.integers(1_000, 500_000).map(lambda us: us / 1000), min_size=1, max_size=12)


def slow_stability(rtts: Sequence[float | None], flagged: int, windows: int) -> float:
    answers = [rtt for rtt in rtts if rtt is not None]
    if not answers:
        return 0.0
    variation = 100 * pstdev(answers) / fmean(answers)
    dropped = 100 * list(rtts).count(None) / len(rtts)
    return min(100.0, max(0.0, 100 - variation - dropped - 100 * flagged / windows))


@given(RTTS, st.integers(0, 10))
def test_stability_is_what_variation_drops_and_events_leave(rtts: list[float | None], flagged: int) -> None:
    stability = stability_pct(sums({ICMP: rtts}), {ICMP: Events(windows=10, anomalous=flagged)})

    assert stability == pytest.approx(slow_stability(rtts, flagged, 10), abs=1e-4)


@given(RTTS)
def test_figures_of_one_protocol_are_those_of_its_samples(rtts: list[float | None]) -> None:
    seen = connectivity(recent({ICMP: rtts}), USUAL, is_down=False)
    answers = [rtt for rtt in rtts if rtt is not None]
    steps = jitter(rtts)

    assert seen.latency_ms[ICMP] == (pytest.approx(fmean(answers)) if answers else None)
    assert seen.jitter_ms == (None if steps is None else pytest.approx(steps))
    assert seen.packet_loss_pct == pytest.approx(100 * rtts.count(None) / len(rtts))
    assert seen.experience is not None
    if answers:
        lost_pct = 100 * rtts.count(None) / len(rtts)
        assert seen.experience.qoe == pytest.approx(experience_of(fmean(answers), steps or 0.0, lost_pct).qoe)
    else:
        assert seen.experience == NO_CALL


def test_events_are_taken_off_stability() -> None:
    calm = sums({ICMP: [20.0] * 60, TWAMP: [20.0] * 60})

    assert stability_pct(calm, {}) == 100.0
    assert stability_pct(calm, {ICMP: Events(windows=10, anomalous=2)}) == 90.0


# -------------------------------------------------------------------- dead, silent, unmeasured
DEAD: Seen = {protocol: [None] * 6 for protocol in Protocol}


@pytest.mark.parametrize(("seen", "is_down"), [(DEAD, False), ({ICMP: EXAMPLE, TCP: EXAMPLE}, True), ({}, True)])
def test_a_dead_uplink(seen: Seen, is_down: bool) -> None:
    figures = connectivity(recent(seen), USUAL, is_down=is_down)

    assert figures.latency_ms == dict.fromkeys(Protocol)
    assert (figures.network_latency_ms, figures.application_latency_ms) == (None, None)
    assert (figures.jitter_ms, figures.volatility_pct, figures.variation_pct) == (None, None, None)
    assert (figures.packet_loss_pct, figures.stability_pct, figures.experience) == (100.0, 0.0, NO_CALL)
    assert figures.health is Health.NEED_ATTENTION
    assert figures.expected is USUAL


def test_an_agent_that_was_not_measured_is_not_called_dead() -> None:
    figures = connectivity(Recent(), USUAL, is_down=False)

    assert (figures.packet_loss_pct, figures.stability_pct, figures.experience) == (None, None, None)
    assert figures.health is Health.NEED_ATTENTION


def test_a_silent_reflector_spoils_nothing() -> None:
    figures = connectivity(recent({ICMP: [20.0] * 6, UDP: [None] * 6, TWAMP: [None] * 6}), USUAL, is_down=False)

    assert (figures.network_latency_ms, figures.packet_loss_pct, figures.stability_pct) == (20.0, 0.0, 100.0)
    assert figures.health is Health.GOOD


# -------------------------------------------------------------------- experience
def test_experience_is_made_of_latency_jitter_and_loss() -> None:
    seen = sums({ICMP: [40.0, 45.0] * 49 + [None, None]})

    assert experience(seen) == experience_of(42.5, 5.0, 2.0)


def test_losses_that_hide_the_jitter_still_count() -> None:
    seen = experience(sums({ICMP: [20.0, None] * 3}))

    assert seen == experience_of(20.0, 0.0, 50.0)


def test_experience_that_cannot_be_told() -> None:
    assert experience({}) is None
    assert experience(sums({HTTPS: [40.0]})) is None
    assert experience(sums({TCP: [40.0]})) is None
    assert experience(sums({ICMP: [None]})) == NO_CALL


# -------------------------------------------------------------------- health
@pytest.mark.parametrize(
    ("latency", "stability", "loss", "health"),
    [
        (30.0, 95.0, 0.1, "Good"),
        (30.1, 95.0, 0.1, "Warning"),
        (30.0, 94.9, 0.1, "Warning"),
        (30.0, 95.0, 0.11, "Warning"),
        (30.1, 95.0, 19.9, "Warning"),
        (30.1, 94.9, 0.0, "Need Attention"),
        (30.0, 95.0, 20.0, "Need Attention"),
        (None, None, None, "Need Attention"),
        (None, 95.0, 0.1, "Good"),
        (30.0, None, None, "Good"),
        (None, 0.0, None, "Warning"),
    ],
)
def test_health(latency: float | None, stability: float | None, loss: float | None, health: str) -> None:
    assert health_of(latency, stability, loss, USUAL) == health


def test_the_healthy_level_matches_neither_of_the_others() -> None:
    assert {"Warning", "Need Attention", "Good"} == {level.value for level in Health}


# -------------------------------------------------------------------- settings
def test_what_is_expected_comes_from_the_contract_or_the_vendors_defaults() -> None:
    assert expected_of(Contract()) == Expected(30.0, 95.0, 0.1)
    assert expected_of(
        Contract(expected_latency_ms=0.0, expected_stability_pct=98.0, expected_loss_pct=0.0)
    ) == Expected(0.0, 98.0, 0.0)


@pytest.mark.parametrize(
    ("usual", "every", "window"),
    [(LATENCY_S, 2, 10), (LATENCY_S, 5, 10), (LATENCY_S, 60, 120), (EXPERIENCE_S, 60, 120), (QUALITY_S, 60, 300)],
)
def test_a_window_holds_two_samples(usual: float, every: float, window: float) -> None:
    assert window_s(usual, every) == window
