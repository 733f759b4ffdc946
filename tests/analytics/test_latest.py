"""What ten minutes of samples come to, and who speaks for a protocol."""

import pytest

from ispstatus.analytics.aggregates import aggregate_of, mean_ms
from ispstatus.analytics.kpis import EXPERIENCE_S, QUALITY_S
from ispstatus.analytics.latest import Latest
from ispstatus.model.series import Protocol, Sample

NOW_BOOT_S, NOW_TS = 5000.0, 1_800_000_000.0
ICMP, HTTP, TCP = Protocol.ICMP, Protocol.HTTP, Protocol.TCP


def sample(
    ago_s: float, rtt_ms: float | None, target: str = "one", protocol: Protocol = ICMP, *, is_own: bool = False
) -> Sample:
    return Sample(protocol, target, NOW_BOOT_S - ago_s, rtt_ms, is_own)


def latest(*samples: Sample, **every_s: float) -> Latest:
    ordered = sorted(samples, key=lambda one: one.sent_boot_s)
    return Latest(NOW_BOOT_S, NOW_TS, tuple(ordered), {Protocol(name): every for name, every in every_s.items()})


def test_each_window_holds_what_was_sent_in_it() -> None:
    recent = latest(sample(5, 1.0), sample(20, 2.0), sample(200, None), sample(400, 9.0)).recent()

    assert recent.latency == {ICMP: aggregate_of([1000])}
    assert recent.experience == {ICMP: aggregate_of([2000, 1000])}
    assert recent.quality == {ICMP: aggregate_of([None, 2000, 1000])}
    assert recent.events == {}


def test_a_slow_protocol_has_a_window_of_two_samples_but_never_more_than_is_remembered() -> None:
    slow = latest(sample(70, 3.0, protocol=HTTP), sample(15, 1.0, protocol=TCP), http=60, https=3600)

    assert slow.window_s(HTTP) == slow.window_s(HTTP, EXPERIENCE_S) == 120
    assert slow.window_s(HTTP, QUALITY_S) == 300
    assert slow.window_s(Protocol.HTTPS) == 600
    assert slow.window_s(TCP) == 10
    assert slow.recent().latency == {HTTP: aggregate_of([3000])}


def test_the_operators_own_far_end_speaks_before_public_ones() -> None:
    both = latest(sample(3, 5.0), sample(2, 50.0, "own", is_own=True), sample(1, 6.0))

    assert both.recent().latency == {ICMP: aggregate_of([50_000])}


def test_a_silent_far_end_leaves_the_word_to_one_that_answers() -> None:
    recent = latest(
        sample(4, None, "own", is_own=True), sample(3, None, "a"), sample(2, 7.0, "c"), sample(1, 9.0, "b")
    ).recent()

    assert recent.latency == {ICMP: aggregate_of([9000])}


def test_where_nothing_answers_only_losses_are_told() -> None:
    recent = latest(sample(4, None, "one"), sample(3, None, "own", is_own=True), sample(2, None, "own", is_own=True))

    assert recent.recent().latency == {ICMP: aggregate_of([None, None])}


def test_no_step_crosses_from_one_far_end_to_another() -> None:
    swinging = latest(*(sample(10 - n, 10.0 if n % 2 else 40.0, "near" if n % 2 else "far") for n in range(9)))

    assert swinging.recent().quality[ICMP].steps_us == 0


def test_ten_minutes_are_told_one_by_one_and_one_far_end_speaks_in_all() -> None:
    minutes = latest(
        sample(599, 1.0), sample(90, 2.0), sample(61, None), sample(59, 3.0), sample(0, 5.0), sample(30, None, "two")
    ).minutes()

    assert [mean_ms(minute[ICMP]) if ICMP in minute else None for minute in minutes] == [1.0, *[None] * 7, 2.0, 4.0]
    assert (minutes[8][ICMP].sent, minutes[9][ICMP].sent) == (2, 2)


def test_what_is_not_stored_yet_comes_with_its_wall_time() -> None:
    young, old = sample(3, 1.0), sample(30, 2.0)

    ((ts, found),) = latest(old, young).since(NOW_TS - 10)
    assert (ts, found) == (NOW_TS - 3, young)


@pytest.mark.parametrize("ago_s", range(6))
def test_far_ends_that_take_turns_do_not_take_turns_in_speaking(ago_s: int) -> None:
    in_turn = [sample(n + 0.1 * ago_s, float(n % 3), "cab"[n % 3]) for n in range(ago_s, ago_s + 300)]

    assert latest(*in_turn).recent().quality[ICMP].sum_us == latest(*in_turn).recent().quality[ICMP].received * 1000


def test_nothing_measured_is_nothing_said() -> None:
    assert latest().recent().latency == {}
    assert latest().minutes() == ({},) * 10
