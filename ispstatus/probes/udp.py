"""A numbered datagram to the reflector's UDP echo and back."""

import secrets

from typing_extensions import override

from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.probes.engine import Engine
from ispstatus.probes.session import Packet, Session
from ispstatus.reflector.wire import echo

SIZE_BYTES = 56
"""As much as an ICMP echo carries."""


class UdpSession(Session):
    """Round trips of one session: a number chosen at random, packets counted from 0."""

    def __init__(self, engine: Engine, path: Path, address: str, port: int) -> None:
        super().__init__(engine, path, address, port)
        self._number = secrets.randbits(64)

    @override
    def encode(self, packet: Packet) -> bytes:
        """Return the packet that asks."""
        return echo.encode(echo.Echo(self._number, packet.sequence, packet.sent_ns), size=SIZE_BYTES)

    @override
    def decode(self, data: bytes, received_boot_s: float) -> tuple[Packet, RoundTrip] | None:
        """Return a packet and its round trip; None unless session, number and time are those of a packet."""
        answer = echo.decode_answer(data)
        if answer is None or answer.session != self._number:
            return None
        packet = self.under_way(answer.sequence)
        if packet is None or answer.sent_ns != packet.sent_ns:
            return None
        elapsed_s = max(0.0, received_boot_s - packet.sent_boot_s)
        return packet, RoundTrip(Outcome.OK, packet.sent_boot_s, elapsed_s * 1000.0)
