"""Quality limits: entry, exit, auto, and what is not judged."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.thresholds import Loss, exceeded, jitter_limit, latency_limit, loss_of, measured
from ispstatus.model.decision import Baseline, Memory
from ispstatus.model.quality import Quality
from ispstatus.model.uplink import QualityLimits, Threshold
from tests.helpers.make import LIMITS, NOON, PINGS, a_memory, figures

CALM = a_memory()
LEARNT = a_memory(baseline=Baseline(latency_ms=20.0, jitter_ms=2.0))


def over(quality: Quality, was: str = "", limits: QualityLimits = LIMITS, memory: Memory = CALM) -> frozenset[str]:
    remembered = frozenset({was} - {""})
    return exceeded(quality, limits, replace(memory, exceeded=remembered), NOON)


def loss(lost: int, recent_lost: int, sent: int = 60, recent_sent: int = 20) -> Quality:
    return uplink_quality([figures(sent=sent, lost=lost, recent_sent=recent_sent, recent_lost=recent_lost)])


@pytest.mark.parametrize(
    ("quality", "was", "is_over"),
    [
        pytest.param(loss(0, 0), "", False, id="none lost"),
        pytest.param(loss(3, 2), "", False, id="five percent of sixty is not more than five"),
        pytest.param(loss(4, 1), "", True, id="four of sixty"),
        pytest.param(loss(3, 3), "", True, id="three of the last twenty"),
        pytest.param(loss(2, 2), "", False, id="two of the last twenty"),
        pytest.param(loss(2, 2, sent=10, recent_sent=10), "", False, id="two of ten: the window is not full yet"),
        pytest.param(loss(3, 1), "loss", True, id="one of twenty is not clear"),
        pytest.param(loss(3, 1), "", False, id="one of twenty is no entry either"),
        pytest.param(loss(3, 0), "loss", False, id="the last twenty are clean"),
        pytest.param(loss(9, 0), "loss", False, id="clean although old losses are still in the window"),
        pytest.param(loss(9, 0), "", False, id="and it does not flutter back"),
        pytest.param(loss(0, 0, sent=4, recent_sent=4), "loss", True, id="four echoes say nothing about the end"),
        pytest.param(loss(0, 0, sent=5, recent_sent=5), "loss", False, id="five clean echoes do"),
        pytest.param(uplink_quality([]), "loss", True, id="nothing measured leaves it as it was"),
        pytest.param(uplink_quality([]), "", False, id="nothing measured does not begin it"),
    ],
)
def test_loss(quality: Quality, was: str, *, is_over: bool) -> None:
    assert over(quality, was) == (frozenset({"loss"}) if is_over else frozenset())


def test_a_limit_set_high_also_governs_the_short_window() -> None:
    lax = replace(LIMITS, loss_pct=Threshold(30, 20))

    assert over(loss(6, 6), limits=lax) == frozenset()
    assert over(loss(7, 7), limits=lax) == {"loss"}


@pytest.mark.parametrize(
    ("quality", "limit", "is_over"),
    [
        pytest.param(loss(4, 1), Threshold(6.6, 2), True, id="four of sixty is more than 6.6 percent"),
        pytest.param(loss(4, 1), Threshold(6.7, 2), False, id="four of sixty is less than 6.7 percent"),
        pytest.param(loss(3, 3), Threshold(14.9, 2), True, id="three of twenty is more than 14.9 percent"),
        pytest.param(loss(3, 3), Threshold(15, 2), False, id="three of twenty is just fifteen percent"),
    ],
)
def test_limits_are_exact(quality: Quality, limit: Threshold, *, is_over: bool) -> None:
    assert (over(quality, limits=replace(LIMITS, loss_pct=limit)) != frozenset()) is is_over


def test_a_loss_at_its_exit_limit_has_cleared() -> None:
    at_exit = replace(LIMITS, loss_pct=Threshold(20, 5))

    assert over(loss(3, 1), "loss", limits=at_exit) == frozenset()
    assert over(loss(3, 2), "loss", limits=at_exit) == {"loss"}


def test_one_bad_target_of_three_is_no_bad_line() -> None:
    bad, good, fine = figures(lost=30, recent_lost=10), figures(PINGS[1]), figures(PINGS[2])

    assert over(uplink_quality([bad, good, fine])) == frozenset()
    assert over(uplink_quality([bad, replace(good, lost=12, recent_lost=4), fine])) == {"loss"}


def test_of_two_targets_both_must_be_bad() -> None:
    bad, good = figures(lost=30, recent_lost=10), figures(PINGS[1])

    assert over(uplink_quality([bad, good])) == frozenset()


def test_loss_counts_answering_targets_only() -> None:
    dead = figures(lost=60, recent_lost=20)
    muted = figures(PINGS[1], lost=30, recent_lost=15, is_muted=True)

    assert loss_of(uplink_quality([dead, muted])) is None
    assert loss_of(uplink_quality([dead, muted, figures(PINGS[2], lost=1)])) == Loss(1, 60, 0, 20)


def test_recent_percent_of_nothing_is_nothing() -> None:
    assert Loss(0, 0, 0, 0).recent_pct == 0.0
    assert Loss(0, 60, 1, 20).recent_pct == 5.0


EXPLICIT = replace(LIMITS, latency_ms=Threshold(300, 240), jitter_ms=Threshold(60, 48))


@pytest.mark.parametrize("figure", ["latency", "jitter"])
@pytest.mark.parametrize(
    ("share", "was", "is_over"),
    [
        pytest.param(1.0, False, False, id="at the limit"),
        pytest.param(1.01, False, True, id="above the limit"),
        pytest.param(0.81, True, True, id="not clear yet"),
        pytest.param(0.8, True, False, id="clear"),
        pytest.param(0.9, False, False, id="between the two, coming from below"),
        pytest.param(None, True, True, id="not measured stays as it was"),
        pytest.param(None, False, False, id="not measured does not begin"),
    ],
)
def test_latency_and_jitter_enter_high_and_leave_low(
    figure: str, share: float | None, *, was: bool, is_over: bool
) -> None:
    limit = {"latency": 300, "jitter": 60}[figure]
    value: dict[str, Any] = {f"{figure}_ms": None if share is None else share * limit}
    quality = uplink_quality([figures(**value)])

    assert (figure in over(quality, figure if was else "", limits=EXPLICIT)) is is_over


@pytest.mark.parametrize(
    ("median", "above"),
    [
        pytest.param(20.0, 300.0, id="fibre"),
        pytest.param(80.0, 300.0, id="LTE"),
        pytest.param(600.0, 1300.0, id="GEO"),
    ],
)
def test_auto_latency_follows_the_lines_own_median(median: float, above: float) -> None:
    limit = latency_limit(LIMITS, a_memory(baseline=Baseline(latency_ms=median)), NOON)

    assert limit == Threshold(above, 0.8 * above)


@pytest.mark.parametrize(("median", "above"), [(2.0, 60.0), (15.0, 60.0), (40.0, 160.0)])
def test_auto_jitter_follows_the_lines_own_median(median: float, above: float) -> None:
    limit = jitter_limit(LIMITS, a_memory(baseline=Baseline(jitter_ms=median)), NOON)

    assert limit == Threshold(above, 0.8 * above)


@pytest.mark.parametrize(
    ("first_up_at", "baseline", "is_judged"),
    [
        pytest.param(None, LEARNT.baseline, False, id="never up"),
        pytest.param(NOON - timedelta(minutes=59), LEARNT.baseline, False, id="first hour"),
        pytest.param(NOON - timedelta(minutes=60), LEARNT.baseline, True, id="after the first hour"),
        pytest.param(NOON - timedelta(days=1), Baseline(), False, id="no baseline"),
    ],
)
def test_auto_is_judged_after_the_first_hour(
    first_up_at: datetime | None, baseline: Baseline, *, is_judged: bool
) -> None:
    memory = a_memory(first_up_at=first_up_at, baseline=baseline)

    assert (latency_limit(LIMITS, memory, NOON) is not None) is is_judged
    assert (jitter_limit(LIMITS, memory, NOON) is not None) is is_judged


def test_configured_limits_are_judged_at_once() -> None:
    assert latency_limit(EXPLICIT, Memory(), NOON) == Threshold(300, 240)
    assert jitter_limit(EXPLICIT, Memory(), NOON) == Threshold(60, 48)


def test_without_a_limit_a_figure_stays_as_it_was() -> None:
    slow = uplink_quality([figures(latency_ms=900.0)])

    assert over(slow) == frozenset()
    assert over(slow, "latency") == {"latency"}


def test_only_figures_that_exist_can_make_a_verdict() -> None:
    assert measured(uplink_quality([])) == frozenset()
    assert measured(uplink_quality([figures()])) == {"loss", "latency", "jitter"}
    assert measured(uplink_quality([figures(jitter_ms=None, latency_ms=None)])) == {"loss"}


PROFILES = [
    pytest.param(12.0, 1.0, 0, 0, id="fibre"),
    pytest.param(80.0, 40.0, 1, 1, id="LTE 80 +- 40 ms with one percent loss"),
    pytest.param(45.0, 12.0, 0, 0, id="LEO"),
    pytest.param(600.0, 8.0, 0, 0, id="GEO"),
]


@pytest.mark.parametrize(("latency_ms", "jitter_ms", "lost", "recent_lost"), PROFILES)
def test_every_kind_of_line_is_fine_by_its_own_standard(
    latency_ms: float, jitter_ms: float, lost: int, recent_lost: int
) -> None:
    memory = a_memory(baseline=Baseline(latency_ms, jitter_ms))
    quality = uplink_quality([figures(latency_ms=latency_ms, jitter_ms=jitter_ms, lost=lost, recent_lost=recent_lost)])

    assert over(quality, memory=memory) == frozenset()
