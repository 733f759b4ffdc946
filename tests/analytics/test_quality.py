"""EchoWindow and the uplink's figures."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.quality import EchoWindow, uplink_quality
from ispstatus.model.quality import Quality, TargetQuality
from tests.helpers.make import PINGS, figures


def window(*rtts: float | None, every_s: float = 3.0) -> EchoWindow:
    """Return a window whose echoes left every so many seconds from 0 on."""
    filled = EchoWindow("192.0.2.1", "Alpha")
    for place, rtt in enumerate(rtts):
        filled.add(place * every_s, rtt)
    return filled


def test_an_empty_window_has_nothing_to_say() -> None:
    assert window().figures(0.0) == TargetQuality("192.0.2.1", "Alpha", 0, 0, 0, 0, None, None, None)


def test_the_last_sixty_and_the_last_twenty() -> None:
    seen = window(*[None] * 10, *[20.0] * 45, *[None, 20.0] * 5).figures(200.0)

    assert (seen.sent, seen.lost) == (60, 10)
    assert (seen.recent_sent, seen.recent_lost) == (20, 5)


def test_latency_is_the_median_of_the_last_twenty_answers_however_many_are_lost() -> None:
    seen = window(*[900.0] * 10, *[float(rtt) for rtt in range(1, 21)], None, None).figures(0.0)

    assert seen.latency_ms == 10.5


def test_jitter_compares_consecutive_answers_among_the_last_twenty() -> None:
    assert window(136, 184, 115, 148, 125).figures(0.0).jitter_ms == 43.25
    assert window(*[500.0, 5.0] * 20, *[10.0] * 20).figures(0.0).jitter_ms == 0.0


def test_jitter_bridges_no_loss() -> None:
    assert window(10, 12, None, 90, 92, 94).figures(0.0).jitter_ms == 2.0


@pytest.mark.parametrize(("answers", "latency"), [(2, None), (3, 20.0)])
def test_latency_needs_three_answers(answers: int, latency: float | None) -> None:
    assert window(*[20.0] * answers).latency_ms == latency


@pytest.mark.parametrize(("answers", "jitter"), [(3, None), (4, 0.0)])
def test_jitter_needs_three_differences(answers: int, jitter: float | None) -> None:
    assert window(*[20.0] * answers).figures(0.0).jitter_ms == jitter


@pytest.mark.parametrize(("answers", "p99"), [(9, None), (10, 20.0)])
def test_p99_needs_ten_answers(answers: int, p99: float | None) -> None:
    assert window(None, *[20.0] * answers).p99_ms == p99


def test_p99_is_the_slowest_of_a_short_window() -> None:
    assert window(*[20.0] * 58, 80.0, 90.0).p99_ms == 90.0


def test_echoes_older_than_a_quarter_of_an_hour_are_forgotten() -> None:
    filled = window(None, 20.0, 20.0, 20.0, every_s=60.0)

    assert filled.figures(900.0).sent == 4
    assert (filled.figures(900.1).sent, filled.figures(900.1).lost) == (3, 0)
    assert filled.figures(2000.0).sent == 0


def test_a_late_reply_cancels_the_loss() -> None:
    filled = window(20.0, None, 20.0)
    assert filled.figures(10.0).lost == 1

    filled.cancel_loss(3.0, 1500.0)

    assert (filled.figures(10.0).lost, filled.figures(10.0).latency_ms) == (0, 20.0)


def test_a_late_reply_to_a_forgotten_echo_is_ignored() -> None:
    filled = window(20.0, None)

    filled.cancel_loss(99.0, 1500.0)

    assert filled.figures(10.0).lost == 1


def test_echoes_of_an_outage_are_dropped() -> None:
    filled = window(20.0, 20.0, None, None)
    assert filled.figures(10.0).lost == 2

    filled.drop_since(6.0)
    filled.drop_since(6.0)

    assert (filled.figures(10.0).sent, filled.figures(10.0).lost) == (2, 0)


def test_a_window_still_holds_no_more_than_sixty_after_dropping() -> None:
    filled = window(*[20.0] * 60)
    filled.drop_since(177.0)
    for place in range(5):
        filled.add(200.0 + place, 20.0)

    assert filled.figures(204.0).sent == 60


def test_clearing_forgets_everything() -> None:
    filled = window(20.0, 20.0, 20.0)
    assert filled.latency_ms == 20.0

    filled.clear()

    assert filled.figures(10.0).sent == 0


def test_figures_follow_every_new_echo() -> None:
    filled = window(20.0, 20.0, 20.0)
    assert filled.figures(10.0).sent == 3

    filled.add(9.0, None)

    assert (filled.figures(10.0).sent, filled.figures(10.0).lost) == (4, 1)


def test_a_muted_target_says_so() -> None:
    filled = window(20.0)

    assert filled.figures(0.0, is_muted=True).is_muted
    assert not filled.figures(0.0).is_muted


@given(st.lists(st.none() | st.floats(0.1, 3000), max_size=90))
def test_counts_are_always_consistent(rtts: list[float | None]) -> None:
    seen = window(*rtts, every_s=1.0).figures(float(len(rtts)))
    kept = rtts[-60:]

    assert (seen.sent, seen.lost) == (len(kept), kept.count(None))
    assert (seen.recent_sent, seen.recent_lost) == (len(kept[-20:]), kept[-20:].count(None))
    assert seen.latency_ms is None or seen.latency_ms >= 0.1


# -------------------------------------------------------------------- the uplink
def test_an_uplinks_figure_is_the_median_over_its_answering_targets() -> None:
    quick, slow, odd = figures(), figures(PINGS[1], latency_ms=30.0, lost=3), figures(PINGS[2], latency_ms=200.0)

    assert uplink_quality([quick, slow, odd]) == Quality((quick, slow, odd), 0.0, 30.0, 1.0)


def test_silent_and_muted_targets_are_listed_but_do_not_count() -> None:
    dead = figures(PINGS[1], lost=60, latency_ms=None, jitter_ms=None)
    muted = figures(PINGS[2], lost=30, is_muted=True, latency_ms=900.0)

    quality = uplink_quality([figures(), dead, muted])

    assert (quality.loss_pct, quality.latency_ms, quality.jitter_ms) == (0.0, 20.0, 1.0)
    assert len(quality.targets) == 3


def test_without_an_answer_there_are_no_figures() -> None:
    assert uplink_quality([figures(lost=60)]) == Quality((figures(lost=60),))
    assert uplink_quality([]) == Quality()


def test_figures_that_are_not_there_yet_are_left_out_of_the_median() -> None:
    young = figures(PINGS[1], latency_ms=None, jitter_ms=None)

    quality = uplink_quality([figures(), young])

    assert (quality.latency_ms, quality.jitter_ms) == (20.0, 1.0)


def test_loss_is_never_finer_than_one_echo() -> None:
    one, none = figures(lost=1), figures(PINGS[1])

    assert uplink_quality([one, none]).loss_pct == 0.0
    assert uplink_quality([one, replace(none, lost=2)]).loss_pct == 1.67


def test_load_is_passed_on() -> None:
    assert uplink_quality([figures()], is_loaded=True).is_loaded
    assert not uplink_quality([figures()]).is_loaded


def test_a_satellite_gap_every_fifteen_seconds_hits_one_of_three_targets_only() -> None:
    windows = [EchoWindow(target.address, target.network) for target in PINGS]
    for second in range(300):
        windows[second % 3].add(float(second), None if second % 15 == 0 else 45.0)

    quality = uplink_quality([filled.figures(300.0) for filled in windows])

    assert [target.lost for target in quality.targets] == [12, 0, 0]
    assert quality.loss_pct == 0.0
