"""The stream sends an echo a second, notices silence and answers, and leaves alone who never answers."""

import pytest

from ispstatus.jobs.messages import Answered, Silence
from ispstatus.jobs.stream import Mood
from ispstatus.model.uplink import PingTarget
from tests.helpers.make import PINGS
from tests.jobs.rig import Rig, dead_between
from tests.jobs.streaming import GATEWAY, LEARNT_S, ONE, THREE, TWO, Streaming, without


# ---------------------------------------------------------------- sending
def test_one_echo_a_second_takes_the_targets_in_turn_and_every_fifth_the_gateway(rig: Rig) -> None:
    Streaming(rig, gateway=GATEWAY)

    rig.run(29.5)

    assert [rig.sent_to(address) for address in (ONE, TWO, THREE)] == [10, 10, 10]
    assert rig.sent_to(GATEWAY) == 6


def test_what_is_sent_is_counted(rig: Rig) -> None:
    here = Streaming(rig, gateway=GATEWAY)

    rig.run(9.5)

    assert here.tally.total_bytes == 10 * 168 + 2 * 72


def test_a_late_wake_up_is_not_made_up_for(rig: Rig) -> None:
    Streaming(rig)
    rig.run(5.0)

    rig.stand_still(60.0)
    woken = rig.now
    rig.run(9.9)

    assert sum(at >= woken for at, _ in rig.line.sent) <= 1 + 10


def test_without_a_path_or_a_rhythm_nothing_is_sent(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(5.0)
    here.stream.aim(None, (), None, None)
    before = len(rig.line.sent)

    rig.run(60.0)

    assert len(rig.line.sent) == before


def test_a_faster_rhythm_is_taken_up_at_once(rig: Rig) -> None:
    here = Streaming(rig, every_s=120.0)
    rig.run(5.0)
    here.every_s = 1.0
    here.aim()

    rig.run(10.2)

    assert len(rig.line.sent) == 1 + 10


# ---------------------------------------------------------------- silence
def test_two_silent_bursts_to_every_target_are_told_with_both_edges(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    dead_at = here.go_dead()

    rig.run_until(lambda: bool(here.told), within_s=3.0)

    (silence,) = here.heard(Silence)
    assert (silence.uplink_id, silence.generation) == (1, 7)
    assert silence.echoes == {ONE: 2, TWO: 2, THREE: 2}
    assert 0.0 <= silence.first_bad_boot_s - dead_at <= 1.0
    assert silence.last_good_boot_s == pytest.approx(silence.first_bad_boot_s - 1.0)
    # 300 ms until the echo is missed, the bursts 0.4 s apart, 300 ms for the last.
    assert rig.now - silence.first_bad_boot_s == pytest.approx(0.3 + 0.4 + 0.3)


def test_a_burst_waits_three_p99s_of_each_target(rig: Rig) -> None:
    rig.line.behave = lambda address, sent: 0.3
    here = Streaming(rig)
    rig.run(LEARNT_S)
    here.go_dead()

    rig.run_until(lambda: bool(here.told), within_s=6.0)

    # The repetition is due 0.4 s after the first burst was sent: at once, when that has taken longer.
    assert rig.now - here.heard(Silence)[0].first_bad_boot_s == pytest.approx(3 * 0.9)


def test_an_answer_to_a_burst_ends_the_suspicion(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    rig.line.behave = dead_between(rig.now, rig.now + 1.1)  # one echo of the stream, and the first burst

    rig.run(30.0)

    assert here.told == []


def test_silence_is_told_once_until_the_next_verdict(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    here.go_dead()
    rig.run(20.0)
    assert len(here.told) == 1

    here.stream.set_mood(Mood.WATCH)  # the verdict was UP all the same
    rig.run(20.0)
    assert len(here.told) == 2


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.UNKNOWN, Mood.QUIET])
def test_only_a_line_whose_pings_answer_is_watched_for_silence(rig: Rig, mood: Mood) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    here.stream.set_mood(mood)
    here.go_dead()

    rig.run(30.0)

    assert here.told == []
    assert len(rig.line.sent) <= 41 + 30, "no bursts"


def test_echoes_this_box_did_not_send_are_no_silence(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    rig.line.refuses = True

    rig.run(30.0)

    assert here.told == []
    assert here.of(ONE).lost == 0


@pytest.mark.parametrize("seconds", [0.4, 3.0, 180.0])
def test_what_was_pending_while_the_engine_stood_still_is_no_silence(rig: Rig, seconds: float) -> None:
    here = Streaming(rig)
    rig.line.behave = lambda address, sent: 0.2
    rig.run(LEARNT_S)
    rig.line.behave = dead_between(rig.now, rig.now + 1.0)  # answers that come while nobody looks are lost
    rig.run_until(lambda: here.stream.last_good_boot_s != rig.line.sent[-1][0] and bool(here.stream._open))

    rig.stand_still(seconds)
    rig.line.behave = lambda address, sent: 0.2
    rig.run(30.0)

    assert here.told == []


# ---------------------------------------------------------------- answers
def test_the_first_answer_while_down_is_told_with_the_moment_its_echo_left(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    here.go_dead()
    here.stream.set_mood(Mood.DOWN)
    rig.run(30.0)
    here.come_back()

    rig.run(10.0)

    (answered,) = here.heard(Answered)
    assert answered.sent_boot_s == next(at for at, _ in rig.line.sent if at >= rig.now - 10.0)


def test_an_answer_after_told_silence_is_told_too(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    here.go_dead()
    rig.run_until(lambda: bool(here.told))
    here.come_back()

    rig.run(3.0)

    assert [type(message) for message in here.told] == [Silence, Answered]


def test_a_verdict_of_down_asks_for_the_next_answer_again(rig: Rig) -> None:
    here = Streaming(rig)
    here.stream.set_mood(Mood.DOWN)
    rig.run(5.0)
    here.stream.set_mood(Mood.DOWN)
    rig.run(5.0)

    assert len(here.heard(Answered)) == 2


def test_nothing_is_told_of_answers_while_all_is_well_or_unknown(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(5.0)
    here.stream.set_mood(Mood.UNKNOWN)
    rig.run(5.0)

    assert here.told == []


def test_the_gateways_answer_to_the_stream_is_known_to_the_cycle(rig: Rig) -> None:
    here = Streaming(rig, gateway=GATEWAY)
    rig.run(1.0)

    assert here.stream.gateway_answer_since(rig.now - 1.0) == pytest.approx(20.0)
    assert here.stream.gateway_answer_since(rig.now) is None


# ---------------------------------------------------------------- muted
def test_a_target_silent_ten_times_while_others_answer_is_muted_and_retried_once_a_minute(rig: Rig) -> None:
    here = Streaming(rig)
    rig.line.behave = without(THREE)
    rig.run(33.0)
    assert here.of(THREE).is_muted
    muted_at, asked = rig.now, len(rig.line.sent)

    rig.run(180.0)

    assert rig.sent_to(THREE, muted_at) in (2, 3)
    assert len(rig.line.sent) - asked == 180, "no bursts, and the others take its turns"
    assert here.told == []
    assert here.stream.quality().loss_pct == 0.0


def test_one_answer_ends_the_muting(rig: Rig) -> None:
    here = Streaming(rig)
    rig.line.behave = without(THREE)
    rig.run(40.0)
    here.come_back()

    rig.run(62.0)

    assert not here.of(THREE).is_muted


def test_a_muted_target_is_not_asked_in_bursts(rig: Rig) -> None:
    here = Streaming(rig)
    rig.line.behave = without(THREE)
    rig.run(50.5)
    here.go_dead()

    rig.run_until(lambda: bool(here.told))

    assert here.heard(Silence)[0].echoes == {ONE: 2, TWO: 2}


def test_nobody_is_muted_while_nobody_answers(rig: Rig) -> None:
    here = Streaming(rig)
    here.stream.set_mood(Mood.DOWN)
    here.go_dead()

    rig.run(120.0)

    assert not any(target.is_muted for target in here.stream.quality().targets)


def test_a_neighbour_in_the_same_network_mutes_nobody(rig: Rig) -> None:
    twin = PingTarget("192.0.2.9", PINGS[0].network)
    here = Streaming(rig, PINGS[0], twin)
    rig.line.behave = without(twin.address)

    rig.run(60.0)

    assert not here.of(twin.address).is_muted


# ---------------------------------------------------------------- quiet
def test_a_line_without_pings_is_asked_one_echo_per_target_a_minute(rig: Rig) -> None:
    here = Streaming(rig)
    here.go_dead()
    here.stream.set_mood(Mood.QUIET)
    rig.run(60.0)
    before = rig.now

    rig.run(120.0)

    assert [rig.sent_to(address, before) for address in (ONE, TWO, THREE)] == [2, 2, 2]


def test_when_pings_answer_again_the_stream_is_back_within_a_second(rig: Rig) -> None:
    here = Streaming(rig)
    here.stream.set_mood(Mood.QUIET)
    rig.run(65.0)
    here.stream.set_mood(Mood.WATCH)
    before = rig.now

    rig.run(10.1)

    assert sum(at > before for at, _ in rig.line.sent) == 10


# ---------------------------------------------------------------- paths
def test_echoes_in_flight_on_another_path_are_forgotten(rig: Rig) -> None:
    rig.line.behave = lambda address, sent: 4.0
    here = Streaming(rig)
    here.stream.set_mood(Mood.DOWN)
    rig.run(3.5)

    here.go_dead()
    here.aim(source="203.0.113.9", generation=8)
    rig.run(10.0)

    assert here.told == [], "neither an answer nor a late reply by the old path"


def test_a_late_reply_after_the_path_is_gone_speaks_for_nobody(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.line.behave = lambda address, sent: 2.0
    here = Streaming(rig)
    rig.run(1.5)

    here.stream.stop()
    rig.run(10.0)

    assert here.stream.last_good_boot_s is None
    assert caplog.text == ""


# ---------------------------------------------------------------- before anything is learnt
@pytest.mark.parametrize(("rtt_ms", "silent_after_s"), [(None, 2.0), (20.0, 0.7), (600.0, 3.6)])
def test_a_stream_that_has_not_learnt_yet_goes_by_what_a_cycle_saw(
    rig: Rig, rtt_ms: float | None, silent_after_s: float
) -> None:
    here = Streaming(rig)
    rig.run(3.5)
    if rtt_ms is not None:
        for address in (ONE, TWO, THREE):
            here.stream.hear_cycle(address, rtt_ms)
    here.go_dead()

    rig.run_until(lambda: here.heard(Silence) != [])

    first_bad_boot_s = here.heard(Silence)[0].first_bad_boot_s
    own_timeout_s = max(0.3, (3 * rtt_ms / 1000) if rtt_ms else 1.0)
    assert rig.now - first_bad_boot_s == pytest.approx(own_timeout_s + silent_after_s, abs=0.02)
