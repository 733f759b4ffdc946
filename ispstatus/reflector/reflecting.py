"""The two services that send back what they get: the UDP echo, and the TWAMP-Light / STAMP session reflector."""

from collections.abc import Callable
from dataclasses import dataclass
from socket import socket

from ispstatus.clock import Clock
from ispstatus.reflector.bounded import PerSource
from ispstatus.reflector.datagrams import Datagram, send
from ispstatus.reflector.gate import Gate
from ispstatus.reflector.wire import echo, stamp
from ispstatus.reflector.wire.ntp import ErrorEstimate

MOST_SOURCES = 1024
MOST_SESSIONS_EACH = 32
SESSION_IDLE_S = 900.0
"""REFWAIT of RFC 5357 section 4.2: a session quiet for so long is over, and its count begins anew."""
SYNCHRONISED_ERROR_S = 0.1
"""What time services keep clocks to over the Internet, stated generously."""
UNSYNCHRONISED_ERROR_S = 16.0
"""NTP's own word for a clock nobody keeps (MAXDISP, RFC 5905)."""

_ASK_CLOCK_EVERY_S = 10.0
_U32 = 1 << 32
_SECOND_NS = 1_000_000_000
_FIRST_UNPRIVILEGED_PORT = 1024

Answer = Callable[[socket, Datagram, str], None]
"""Answers a packet on the socket it came by; its source has been let in."""


class EchoResponder:
    """Answers numbered UDP echoes."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def answer(self, sock: socket, came: Datagram, source: str) -> None:
        """Send the echo back, if it is one."""
        reply = echo.answer_to(came.data)
        if reply is not None and self._gate.admits_packet(source):
            send(sock, reply, came)


@dataclass(slots=True)
class _Session:
    """The state of one stateful test session."""

    sent: int
    seen_boot_s: float


class StampResponder:
    """A session reflector (RFC 8762 section 4, RFC 5357 appendix I), unauthenticated.

    Stateful: replies of a session (source address and port, our address, SSID) are numbered from 0. Stateless: they
    carry the sender's number. Packets from ports below 1024 or from a reflector's own port are not answered: they would
    come from another reflector, and the two would never stop.
    """

    def __init__(
        self,
        gate: Gate,
        clock: Clock,
        clock_is_synchronised: Callable[[], bool | None],
        *,
        is_stateful: bool,
        own_ports: frozenset[int] = frozenset(),
    ) -> None:
        self._gate, self._clock, self._is_stateful = gate, clock, is_stateful
        self._clock_is_synchronised = clock_is_synchronised
        self._own_ports = own_ports
        self._sessions: PerSource[tuple[object, ...], _Session] = PerSource(MOST_SOURCES, MOST_SESSIONS_EACH)
        self._error = self._error_now()
        self._asked_boot_s = clock.boot()

    def answer(self, sock: socket, came: Datagram, source: str) -> None:
        """Reflect a test packet, if it is one."""
        request = stamp.decode_request(came.data)
        if request is None or self._is_a_reflectors(came.port) or not self._gate.admits_packet(source):
            return
        reply = stamp.Reply(
            sequence=self._number(request, came, source) if self._is_stateful else request.sequence,
            sent_ns=int(self._clock.wall() * _SECOND_NS),
            error=self._error,
            received_ns=came.received_ns,
            sender_sequence=request.sequence,
            sender_sent_ns=request.sent_ns,
            sender_error=request.error,
            sender_ttl=came.ttl,
            ssid=request.ssid,
        )
        send(sock, stamp.encode_reply(reply, came.data), came)

    def each_second(self) -> None:
        """Look now and then whether the clock is kept."""
        if self._clock.boot() - self._asked_boot_s >= _ASK_CLOCK_EVERY_S:
            self._asked_boot_s = self._clock.boot()
            self._error = self._error_now()

    def _number(self, request: stamp.Request, came: Datagram, source: str) -> int:
        now = self._clock.boot()
        key = (came.peer, came.way_back[:1], request.ssid)
        session = self._sessions.get_or_make(source, key, lambda: _Session(0, now))
        if now - session.seen_boot_s >= SESSION_IDLE_S:
            session.sent = 0
        number = session.sent
        session.sent, session.seen_boot_s = (number + 1) % _U32, now
        return number

    def _is_a_reflectors(self, port: int) -> bool:
        return port < _FIRST_UNPRIVILEGED_PORT or port in self._own_ports

    def _error_now(self) -> ErrorEstimate:
        if self._clock_is_synchronised():
            return ErrorEstimate.of(SYNCHRONISED_ERROR_S, is_synchronised=True)
        return ErrorEstimate.of(UNSYNCHRONISED_ERROR_S, is_synchronised=False)
