"""Only the stream's own, vouched-for echoes on a line that is not down are its quality; all of them are its minute."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ispstatus.decide.thresholds import exceeded
from ispstatus.jobs import stream as stream_module
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import Silence
from ispstatus.jobs.stream import Mood
from ispstatus.model.decision import Memory
from ispstatus.model.uplink import Contract, PingTarget
from tests.helpers.make import LIMITS, NOON, PINGS, an_uplink
from tests.jobs.rig import Behaviour, Rig, dead_between, rigged
from tests.jobs.streaming import LEARNT_S, ONE, THREE, TWO, Streaming


def test_bursts_are_no_quality(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    rig.line.behave = dead_between(rig.now, rig.now + 2.0)
    rig.run(9.0)

    of_each = [here.of(address) for address in (ONE, TWO, THREE)]
    assert sum(target.lost for target in of_each) == 2
    assert sum(target.sent for target in of_each) <= 41 + 10 < len(rig.line.sent)


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.UNKNOWN])
def test_echoes_of_an_outage_are_no_quality(rig: Rig, mood: Mood) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    dead_at = here.go_dead()
    rig.run(2.0)
    here.stream.set_mood(mood, bad_since_boot_s=dead_at)
    rig.run(28.6)

    here.come_back()
    here.stream.set_mood(Mood.WATCH)  # with the last lost echo still under way
    rig.run(30.0)

    assert all(here.of(address).lost == 0 for address in (ONE, TWO, THREE))
    assert here.stream.quality().loss_pct == 0.0


def test_a_late_reply_within_the_window_cancels_the_loss(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    slow_from = rig.now
    rig.line.behave = lambda address, sent: 0.5 if sent < slow_from + 1.0 else 0.02

    rig.run(10.0)

    assert all(here.of(address).lost == 0 for address in (ONE, TWO, THREE))
    assert [echo for echo in here.stream.take_echoes(rig.now) if echo.rtt_ms is None] == []
    assert here.heard(Silence) == []


def test_echoes_are_handed_over_once_oldest_first_up_to_the_minutes_end(rig: Rig) -> None:
    here = Streaming(rig, PingTarget(ONE, "Alpha"))
    rig.line.behave = lambda address, sent: None if int(sent) % 5 == 0 else 0.6  # a loss is known after 1.8 s
    rig.run(60.5)
    ended = rig.now - 4.0

    first, rest = here.stream.take_echoes(ended), here.stream.take_echoes(rig.now)

    moments = [echo.sent_boot_s for echo in first + rest]
    assert moments == sorted(moments)
    assert max(echo.sent_boot_s for echo in first) < ended <= min(echo.sent_boot_s for echo in rest)
    assert here.stream.take_echoes(rig.now) == []


def test_a_target_that_moved_to_another_network_begins_afresh(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    here.targets = (PingTarget(ONE, "Somebody else"), *PINGS[1:])

    here.aim()

    assert (here.of(ONE).network, here.of(ONE).sent) == ("Somebody else", 0)
    assert here.of(TWO).sent > 0


def test_a_cycle_learns_each_targets_median_and_a_figure_its_p99(rig: Rig) -> None:
    rig.line.behave = lambda address, sent: 0.08 if address == TWO else 0.02
    here = Streaming(rig)
    assert here.stream.median_ms(ONE) is None
    rig.run(LEARNT_S)

    assert here.stream.median_ms(ONE) == pytest.approx(20.0)
    assert here.of(TWO).p99_ms == pytest.approx(80.0)
    assert here.stream.median_ms("198.51.100.1") is None


def test_load_is_read_as_the_changed_contract_says(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Contract]] = []

    def meter(device: str, contract: Contract) -> LoadMeter:
        asked.append((device, contract))
        return LoadMeter(device, contract)

    here = Streaming(rig)
    monkeypatch.setattr(stream_module, "LoadMeter", meter)
    for contract in (Contract(up_mbps=20), Contract(up_mbps=20), Contract(up_mbps=50)):
        here.stream.tell_uplink(an_uplink(contract=contract))
        rig.run(0.1)

    assert [contract.up_mbps for _, contract in asked] == [20, 50]


def _satellite(seed: int) -> Behaviour:
    """A second's pause in every fifteen, as the lab's LEO profile has it."""
    chance = random.Random(seed)

    def behave(address: str, sent_boot_s: float) -> float | None:
        up, down = (0.020 + chance.uniform(-0.008, 0.008) for _ in range(2))
        return None if sent_boot_s % 15 < 1.0 or (sent_boot_s + up) % 15 < 1.0 else up + down

    return behave


@settings(max_examples=40, deadline=None)
@given(phase_s=st.floats(0.0, 1.0) | st.floats(0.96, 1.0), seed=st.integers(0, 9))
def test_a_satellites_pauses_are_no_high_loss_in_any_phase(phase_s: float, seed: int) -> None:
    with rigged() as rig:
        rig.hands.pass_time(phase_s)
        rig.line.behave = _satellite(seed)
        here, memory = Streaming(rig), Memory()
        for _ in range(300):
            rig.run(1.0)
            if here.told:
                here.told.clear()
                here.stream.set_mood(Mood.WATCH)  # its cycle found answers
            memory = Memory(exceeded=exceeded(here.stream.quality(), LIMITS, memory, NOON))
            assert not memory.exceeded


def test_echoes_beside_a_throughput_test_are_no_sample_of_the_line(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    before = {address: here.of(address).latency_ms for address in (ONE, TWO, THREE)}
    here.stream.take_echoes(rig.now)
    here.stream.load.begin_test(rig.now)
    rig.line.behave = lambda address, sent_boot_s: 0.25
    rig.run(30.0)
    here.come_back()

    assert here.stream.quality().is_loaded
    assert {address: here.of(address).latency_ms for address in before} == before
    assert here.stream.take_echoes(rig.now) == []

    here.stream.load.end_test(rig.now)
    rig.run(12.0)

    assert not here.stream.quality().is_loaded
    assert 8 <= len(here.stream.take_echoes(rig.now)) <= 10


def test_silence_beside_a_throughput_test_is_told_all_the_same(rig: Rig) -> None:
    here = Streaming(rig)
    rig.run(LEARNT_S)
    here.stream.load.begin_test(rig.now)
    here.go_dead()
    rig.run(5.0)

    assert len(here.heard(Silence)) == 1
