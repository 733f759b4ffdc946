"""What every session does; what it carries is for the tests of its kinds."""

import pytest
from typing_extensions import override

from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.probes.session import Heard, Packet, Session
from tests.probes.driving import Driver, JumpingClock, loopback
from tests.probes.servers import udp_server

pytestmark = pytest.mark.usefixtures("open_files")


class Bare(Session):
    """Nothing but the number."""

    @override
    def encode(self, packet: Packet) -> bytes:
        return packet.sequence.to_bytes(4, "big")

    @override
    def decode(self, data: bytes, received_boot_s: float) -> tuple[Packet, RoundTrip] | None:
        packet = self.under_way(int.from_bytes(data, "big"))
        if packet is None:
            return None
        return packet, RoundTrip(Outcome.OK, packet.sent_boot_s, (received_boot_s - packet.sent_boot_s) * 1000)


def test_several_packets_may_be_under_way_and_each_is_told_of_its_own(driver: Driver) -> None:
    waiting: list[bytes] = []

    def answers(packet: bytes) -> list[bytes]:
        waiting.append(packet)
        return [] if len(waiting) < 3 else [waiting[2], waiting[0]]

    heard: list[tuple[int, Outcome]] = []

    def remembering(number: int) -> Heard:
        return lambda sample: heard.append((number, sample.outcome))

    with udp_server(answers) as port:
        session = Bare(driver.engine, loopback(), "127.0.0.1", port)

        def start() -> None:
            for number in range(2):
                session.probe(timeout_s=0.3, done=remembering(number))

        driver.on_engine(start)
        assert driver.hear(lambda done: session.probe(timeout_s=0.3, done=done)).outcome is Outcome.OK
        assert driver.hear(lambda done: session.probe(timeout_s=0.3, done=done)).outcome is Outcome.SILENT
        driver.on_engine(session.close)

    assert sorted(heard) == [(0, Outcome.OK), (1, Outcome.SILENT)]


def test_a_step_of_the_wall_clock_moves_no_round_trip(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    with udp_server(lambda packet: [packet]) as port:
        session = Bare(driver.engine, loopback(), "127.0.0.1", port)
        for offset_s in (0.0, 86400.0, -86400.0):
            clock.wall_offset_s = offset_s
            sample = driver.hear(lambda done: session.probe(timeout_s=1.0, done=done))
            assert sample.outcome is Outcome.OK
            assert 0.0 <= sample.rtt_ms < 1000.0
        driver.on_engine(session.close)


def test_numbers_start_anew_after_the_last(driver: Driver) -> None:
    with udp_server(lambda packet: [packet]) as port:
        session = Bare(driver.engine, loopback(), "127.0.0.1", port)
        session._sequence = (1 << 32) - 1
        assert driver.hear(lambda done: session.probe(timeout_s=1.0, done=done)).outcome is Outcome.OK
        assert session._sequence == 0
        driver.on_engine(session.close)
