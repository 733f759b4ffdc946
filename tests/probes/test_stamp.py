"""STAMP packets to a reflector on loopback whose clock a test can set."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.probes.stamp import StampSession, deltas_of
from ispstatus.reflector.wire import stamp
from ispstatus.reflector.wire.ntp import ErrorEstimate
from tests.probes.driving import Driver, JumpingClock, Probe, loopback, needs_ipv6
from tests.probes.servers import udp_server
from tests.reflector.kit import running

pytestmark = pytest.mark.usefixtures("open_files")

FAR_ERROR = ErrorEstimate.of(0.001, is_synchronised=True)


def a_session(driver: Driver, port: int, *, is_synchronised: bool = True) -> StampSession:
    return StampSession(driver.engine, loopback(), "127.0.0.1", port, is_synchronised=lambda: is_synchronised)


def probe(session: StampSession, timeout_s: float = 1.0) -> Probe:
    return lambda done: session.probe(timeout_s=timeout_s, done=done)


def ask(driver: Driver, session: StampSession, timeout_s: float = 1.0) -> RoundTrip:
    sample: RoundTrip = driver.hear(probe(session, timeout_s))
    driver.on_engine(session.close)
    return sample


def reflecting(
    ahead_ms: float, held_ms: float, change: Callable[[stamp.Reply], dict[str, Any]] = lambda _: {}
) -> Callable[[bytes], list[bytes]]:
    """A reflector whose clock is ``ahead_ms`` of ours and that says it held the packet for ``held_ms``."""

    def answers(packet: bytes) -> list[bytes]:
        request = stamp.decode_request(packet)
        assert request is not None
        received_ns = request.sent_ns + int(ahead_ms * 1e6)
        facts: dict[str, Any] = {
            "sequence": 7,
            "sent_ns": received_ns + int(held_ms * 1e6),
            "error": FAR_ERROR,
            "received_ns": received_ns,
            "sender_sequence": request.sequence,
            "sender_sent_ns": request.sent_ns,
            "sender_error": request.error,
            "sender_ttl": 255,
            "ssid": request.ssid,
        }
        reply = stamp.Reply(**facts)
        return [stamp.encode_reply(stamp.Reply(**{**facts, **change(reply)}), packet)]

    return answers


def test_both_directions_and_the_reflectors_own_time_add_up_to_what_passed(driver: Driver) -> None:
    with running() as reflector:
        session = a_session(driver, reflector.ports["twamp"])
        sample = ask(driver, session)
    deltas = sample.deltas
    assert sample.outcome is Outcome.OK
    assert deltas is not None
    assert sample.rtt_ms is not None
    assert sample.rtt_ms == pytest.approx(deltas.forward_ms + deltas.reverse_ms)
    assert 0.0 <= sample.rtt_ms <= 1000.0
    assert deltas.processing_ms >= 0.0
    assert deltas.sent_boot_s == sample.sent_boot_s


@needs_ipv6
def test_ipv6_works_too(driver: Driver) -> None:
    with running(listen=("::1",)) as reflector:
        session = StampSession(driver.engine, loopback(6), "::1", reflector.ports["twamp"])
        assert ask(driver, session).outcome is Outcome.OK


@pytest.mark.parametrize("ahead_ms", [0.0, 5000.0, -5000.0])
def test_a_clock_that_disagrees_makes_a_direction_negative_and_the_sum_stays_right(
    driver: Driver, ahead_ms: float
) -> None:
    with udp_server(reflecting(ahead_ms, held_ms=0.0)) as port:
        sample = ask(driver, a_session(driver, port))
    deltas = sample.deltas
    assert deltas is not None
    assert sample.rtt_ms is not None
    assert deltas.forward_ms == pytest.approx(ahead_ms, abs=0.001)
    assert deltas.forward_ms + deltas.reverse_ms == pytest.approx(sample.rtt_ms)
    assert (deltas.reverse_ms < 0) == (ahead_ms > 0)
    assert 0.0 <= sample.rtt_ms < 1000.0


@pytest.mark.parametrize("ahead_ns", [0, 7_000_000_000, -7_000_000_000])
def test_forward_reverse_and_processing_are_what_passed_between_t1_and_t4(ahead_ns: int) -> None:
    t1 = 1_700_000_000_123_456_789
    t2, t3, t4 = t1 + 40_000_000 + ahead_ns, t1 + 41_500_000 + ahead_ns, t1 + 46_500_000
    reply = stamp.Reply(0, t3, FAR_ERROR, t2, 0, t1, FAR_ERROR, 255)
    deltas = deltas_of(reply, 5.0, t4)

    assert deltas.forward_ms == pytest.approx(40.0 + ahead_ns / 1e6)
    assert deltas.processing_ms == pytest.approx(1.5)
    assert deltas.reverse_ms == pytest.approx(5.0 - ahead_ns / 1e6)
    assert deltas.forward_ms + deltas.reverse_ms + deltas.processing_ms == pytest.approx((t4 - t1) / 1e6)


def test_the_reflectors_own_time_is_no_part_of_the_round_trip(driver: Driver) -> None:
    def slow(packet: bytes) -> list[bytes]:
        threading.Event().wait(0.06)
        return reflecting(0.0, held_ms=50.0)(packet)

    with udp_server(slow) as port:
        sample = ask(driver, a_session(driver, port))
    assert sample.deltas is not None
    assert sample.rtt_ms is not None
    assert sample.deltas.processing_ms == pytest.approx(50.0, abs=0.001)
    total_ms = sample.deltas.forward_ms + sample.deltas.reverse_ms + sample.deltas.processing_ms
    assert total_ms == pytest.approx(sample.rtt_ms + 50.0, abs=0.001)


def test_a_reflector_that_claims_more_time_than_passed_is_not_believed(driver: Driver) -> None:
    with udp_server(reflecting(0.0, held_ms=500.0)) as port:
        sample = ask(driver, a_session(driver, port))
    assert (sample.outcome, sample.rtt_ms) == (Outcome.UNMEASURED, None)
    assert sample.error == "the far end's clock jumped"


@pytest.mark.parametrize(
    ("ours", "theirs", "both"), [(True, True, True), (True, False, False), (False, True, False), (False, False, False)]
)
def test_clocks_are_called_synchronised_when_both_sides_say_so(
    driver: Driver, ours: bool, theirs: bool, both: bool
) -> None:
    with running(is_synchronised=lambda: theirs) as reflector:
        sample = ask(driver, a_session(driver, reflector.ports["twamp"], is_synchronised=ours))
    assert sample.deltas is not None
    assert sample.deltas.is_clock_synchronised == both


def test_whether_our_clock_is_kept_is_asked_again_after_half_a_minute(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    said: list[bool] = [False]
    with running() as reflector:
        session = StampSession(
            driver.engine, loopback(), "127.0.0.1", reflector.ports["twamp"], is_synchronised=lambda: said[0]
        )
        believed = []
        for _ in range(3):
            sample = driver.hear(probe(session))
            believed.append(sample.deltas.is_clock_synchronised if sample.deltas else None)
            said[0] = True
            clock.sleep(20.0)
        driver.on_engine(session.close)
    assert believed == [False, False, True]


def test_replies_that_are_not_ours_are_passed_over(driver: Driver) -> None:
    right = reflecting(0.0, held_ms=0.0)
    other_number = reflecting(0.0, 0.0, lambda reply: {"sender_sequence": reply.sender_sequence + 1})
    other_time = reflecting(0.0, 0.0, lambda reply: {"sender_sent_ns": reply.sender_sent_ns + 1})

    def answers(packet: bytes) -> list[bytes]:
        return [b"", packet[:20], *other_number(packet), *other_time(packet), *right(packet), *right(packet)]

    with udp_server(answers) as port:
        session = a_session(driver, port)
        assert driver.hear(probe(session)).outcome is Outcome.OK
        assert ask(driver, session).outcome is Outcome.OK


@pytest.mark.parametrize("field", ["sender_sequence", "sender_sent_ns"])
def test_a_reply_must_be_ours_in_number_and_time(driver: Driver, field: str) -> None:
    other = reflecting(0.0, 0.0, lambda reply: {field: getattr(reply, field) + 1000})
    with udp_server(other) as port:
        assert ask(driver, a_session(driver, port), timeout_s=0.1).outcome is Outcome.SILENT


def test_a_lost_packet_is_silent_and_the_numbers_go_on(driver: Driver) -> None:
    seen: list[int] = []

    def answers(packet: bytes) -> list[bytes]:
        request = stamp.decode_request(packet)
        assert request is not None
        seen.append(request.sequence)
        return [] if request.sequence == 1 else reflecting(0.0, 0.0)(packet)

    with udp_server(answers) as port:
        session = a_session(driver, port)
        outcomes = [driver.hear(probe(session, timeout_s=0.2)).outcome for _ in range(3)]
        driver.on_engine(session.close)
    assert outcomes == [Outcome.OK, Outcome.SILENT, Outcome.OK]
    assert seen == [0, 1, 2]


def test_a_step_of_the_wall_clock_meanwhile_moves_nothing(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping

    def stepping(packet: bytes) -> list[bytes]:
        clock.wall_offset_s += 3600.0
        return reflecting(0.0, held_ms=0.0)(packet)

    with udp_server(stepping) as port:
        session = StampSession(driver.engine, loopback(), "127.0.0.1", port, is_synchronised=lambda: True)
        sample = ask(driver, session)
    assert sample.outcome is Outcome.OK
    assert sample.deltas is not None
    assert abs(sample.deltas.reverse_ms) < 1000.0


def test_packets_leave_with_a_full_ttl(driver: Driver) -> None:
    with running() as reflector:
        session = a_session(driver, reflector.ports["twamp"])
        driver.hear(probe(session))
        assert session._sock is not None
        assert session._sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == stamp.TTL
        driver.on_engine(session.close)
