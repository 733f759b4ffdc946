"""Numbered datagrams to a reflector on loopback, and to far ends that misbehave."""

from collections.abc import Iterator
from typing import Any

import pytest

from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.probes.udp import SIZE_BYTES, UdpSession
from ispstatus.reflector.wire import echo
from tests.probes.driving import Driver, JumpingClock, Probe, loopback, needs_ipv6
from tests.probes.servers import udp_server
from tests.reflector.kit import running

pytestmark = pytest.mark.usefixtures("open_files")


@pytest.fixture
def far() -> Iterator[int]:
    with running() as reflector:
        yield reflector.ports["udp"]


def probe(session: UdpSession, timeout_s: float = 1.0) -> Probe:
    return lambda done: session.probe(timeout_s=timeout_s, done=done)


def closing(driver: Driver, session: UdpSession) -> None:
    driver.on_engine(session.close)


def test_a_datagram_comes_back_with_its_round_trip(driver: Driver, far: int) -> None:
    session = UdpSession(driver.engine, loopback(), "127.0.0.1", far)
    for _ in range(3):
        sample: RoundTrip = driver.hear(probe(session))
        assert (sample.outcome, sample.error, sample.deltas) == (Outcome.OK, None, None)
        assert sample.rtt_ms is not None
        assert 0.0 < sample.rtt_ms < 1000.0
        assert sample.sent_boot_s is not None
    closing(driver, session)


@needs_ipv6
def test_ipv6_works_too(driver: Driver) -> None:
    with running(listen=("::1",)) as reflector:
        session = UdpSession(driver.engine, loopback(6), "::1", reflector.ports["udp"])
        assert driver.hear(probe(session)).outcome is Outcome.OK
        closing(driver, session)


def test_packets_are_counted_in_one_session_of_their_own(driver: Driver) -> None:
    seen: list[bytes] = []

    def answers(packet: bytes) -> list[bytes]:
        seen.append(packet)
        answer = echo.answer_to(packet)
        return [] if answer is None else [answer]

    with udp_server(answers) as port:
        ours, theirs = (UdpSession(driver.engine, loopback(), "127.0.0.1", port) for _ in range(2))
        for session in (ours, theirs, ours):
            driver.hear(probe(session))
            assert len(seen[-1]) == SIZE_BYTES
        for session in (ours, theirs):
            closing(driver, session)

    asked = [echo.decode_answer(echo.answer_to(packet) or b"") for packet in seen]
    numbers = [(one.session, one.sequence) for one in asked if one]
    assert [sequence for _, sequence in numbers] == [0, 0, 1]
    assert numbers[0][0] == numbers[2][0] != numbers[1][0]


def test_what_is_no_answer_to_us_is_passed_over(driver: Driver) -> None:
    def answers(packet: bytes) -> list[bytes]:
        right = echo.answer_to(packet) or b""
        other_session = right[:8] + bytes(8) + right[16:]
        other_number = right[:16] + b"\0\0\0\x09" + right[20:]
        other_time = right[:20] + bytes(8) + right[28:]
        return [b"", b"garbage", packet, other_session, other_number, other_time, right, right]

    with udp_server(answers) as port:
        session = UdpSession(driver.engine, loopback(), "127.0.0.1", port)
        for _ in range(2):  # the doubled answer of the first is no answer to the second
            assert driver.hear(probe(session)).outcome is Outcome.OK
        closing(driver, session)


@pytest.mark.parametrize(("start", "end"), [(8, 16), (16, 20), (20, 28)], ids=["session", "number", "time"])
def test_an_answer_must_be_ours_in_session_number_and_time(driver: Driver, start: int, end: int) -> None:
    def answers(packet: bytes) -> list[bytes]:
        right = echo.answer_to(packet) or b""
        return [right[:start] + b"\x07" * (end - start) + right[end:]]

    with udp_server(answers) as port:
        session = UdpSession(driver.engine, loopback(), "127.0.0.1", port)
        assert driver.hear(probe(session, timeout_s=0.1)).outcome is Outcome.SILENT
        closing(driver, session)


def test_silence_is_silent_and_after_three_the_port_is_another(driver: Driver) -> None:
    with udp_server(lambda _: []) as port:
        session = UdpSession(driver.engine, loopback(), "127.0.0.1", port)
        ports = []
        for _ in range(4):
            sample = driver.hear(probe(session, timeout_s=0.03), meanwhile=lambda: ports.append(source_of(session)))
            assert (sample.outcome, sample.rtt_ms) == (Outcome.SILENT, None)
        assert len(set(ports[:3])) == 1
        assert ports[3] != ports[0]
        closing(driver, session)


def source_of(session: UdpSession) -> int:
    assert session._sock is not None
    port: int = session._sock.getsockname()[1]
    return port


def test_a_closed_port_has_failed_each_time(driver: Driver) -> None:
    with udp_server(lambda _: []) as port:
        pass
    session = UdpSession(driver.engine, loopback(), "127.0.0.1", port)
    for _ in range(3):
        sample = driver.hear(probe(session))
        assert (sample.outcome, sample.error) == (Outcome.FAILED, "nobody listens there")
    closing(driver, session)


def test_what_cannot_be_sent_is_unmeasured_and_the_next_packet_tries_a_new_socket(driver: Driver, far: int) -> None:
    session = UdpSession(driver.engine, loopback(source="192.0.2.77"), "127.0.0.1", far)
    for _ in range(2):
        sample = driver.hear(probe(session))
        assert (sample.outcome, sample.sent_boot_s) == (Outcome.UNMEASURED, None)
        assert "source address is not on this box" in sample.error
    closing(driver, session)


def test_an_answer_missing_across_a_standstill_is_unmeasured(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    with udp_server(lambda _: []) as port:
        session = UdpSession(driver.engine, loopback(), "127.0.0.1", port)

        def start(done: Any) -> Any:
            handle = session.probe(timeout_s=1.0, done=done)
            clock.sleep(180.0)
            return handle

        sample = driver.hear(start)
        assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "the engine was late")
        closing(driver, session)


def test_what_is_cancelled_or_closed_is_heard_of_no_more(driver: Driver) -> None:
    heard: list[RoundTrip] = []
    with udp_server(lambda _: []) as port:
        session = UdpSession(driver.engine, loopback(), "127.0.0.1", port)
        handle = driver.on_engine(lambda: session.probe(timeout_s=0.02, done=heard.append))
        driver.on_engine(handle.cancel)
        driver.on_engine(lambda: session.probe(timeout_s=0.02, done=heard.append))
        closing(driver, session)
        other = UdpSession(driver.engine, loopback(), "127.0.0.1", port)
        driver.hear(probe(other, timeout_s=0.05))
        closing(driver, other)

    assert heard == []
