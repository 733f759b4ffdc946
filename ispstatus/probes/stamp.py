"""A STAMP session sender (RFC 8762, RFC 5357 appendix I), unauthenticated: T1 to T4 of each packet.

The clocks of both sides need not agree. What is timed by one clock alone is always true: the round trip
(T4 - T1) - (T3 - T2), and forward + reverse + processing = T4 - T1. The sender's two times are taken from the boot
clock, T4 as T1 plus what passed: a step of the wall clock in between changes nothing.
"""

import secrets
import socket
from collections.abc import Callable

from typing_extensions import override

from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.model.series import Deltas
from ispstatus.net.sockets import V4
from ispstatus.net.timekeeping import clock_is_synchronised
from ispstatus.probes.engine import Engine
from ispstatus.probes.session import Packet, Session
from ispstatus.reflector.wire.ntp import ErrorEstimate
from ispstatus.reflector.wire.stamp import TTL, Reply, Request, decode_reply, encode_request

SYNCHRONISED_ERROR_S = 0.1
"""What time services keep clocks to over the Internet, stated generously."""
UNSYNCHRONISED_ERROR_S = 16.0
"""NTP's own word for a clock nobody keeps (MAXDISP, RFC 5905)."""

_ASK_CLOCK_EVERY_S = 30.0


class StampSession(Session):
    """Round trips and deltas of one session: an SSID chosen at random, packets counted from 0."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        address: str,
        port: int,
        *,
        is_synchronised: Callable[[], bool | None] = clock_is_synchronised,
    ) -> None:
        """``is_synchronised`` says whether a time service keeps this box's clock; asked every 30 s."""
        super().__init__(engine, path, address, port)
        self._family = path.family
        self._ssid = secrets.randbelow(0xFFFF) + 1
        self._is_synchronised = is_synchronised
        self._error = _estimate(is_synchronised())
        self._asked_boot_s = engine.clock.boot()

    @override
    def set_up(self, sock: socket.socket) -> None:
        """Send with TTL 255, so that the far end can count hops."""
        if self._family == V4:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, TTL)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, TTL)

    @override
    def encode(self, packet: Packet) -> bytes:
        """Return the test packet with its T1."""
        if packet.sent_boot_s - self._asked_boot_s >= _ASK_CLOCK_EVERY_S:
            self._asked_boot_s = packet.sent_boot_s
            self._error = _estimate(self._is_synchronised())
        return encode_request(Request(packet.sequence, packet.sent_ns, self._error, self._ssid))

    @override
    def decode(self, data: bytes, received_boot_s: float) -> tuple[Packet, RoundTrip] | None:
        """Return a packet and what the reply tells; None unless its number and T1 are those of a packet."""
        reply = decode_reply(data)
        packet = None if reply is None else self.under_way(reply.sender_sequence)
        if reply is None or packet is None or reply.sender_sent_ns != packet.sent_ns:
            return None
        elapsed_ns = round(max(0.0, received_boot_s - packet.sent_boot_s) * 1e9)
        deltas = deltas_of(reply, packet.sent_boot_s, packet.sent_ns + elapsed_ns)
        rtt_ms = deltas.forward_ms + deltas.reverse_ms
        if not 0.0 <= rtt_ms <= packet.timeout_s * 1000.0:
            return packet, RoundTrip(Outcome.UNMEASURED, packet.sent_boot_s, error="the far end's clock jumped")
        return packet, RoundTrip(Outcome.OK, packet.sent_boot_s, rtt_ms, deltas=deltas)


def deltas_of(reply: Reply, sent_boot_s: float, received_ns: int) -> Deltas:
    """Return what a reply that came at ``received_ns`` (T4, on the clock of T1) tells of each direction."""
    return Deltas(
        sent_boot_s=sent_boot_s,
        forward_ms=(reply.received_ns - reply.sender_sent_ns) / 1e6,
        reverse_ms=(received_ns - reply.sent_ns) / 1e6,
        processing_ms=(reply.sent_ns - reply.received_ns) / 1e6,
        is_clock_synchronised=reply.error.is_synchronised and reply.sender_error.is_synchronised,
    )


def _estimate(is_synchronised: bool | None) -> ErrorEstimate:  # noqa: FBT001  private
    if is_synchronised:
        return ErrorEstimate.of(SYNCHRONISED_ERROR_S, is_synchronised=True)
    return ErrorEstimate.of(UNSYNCHRONISED_ERROR_S, is_synchronised=False)
