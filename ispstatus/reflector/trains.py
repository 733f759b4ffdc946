"""The throughput responder: counts trains that come, and sends trains to those who proved their address.

The cookie is a keyed hash of address, port, session and time, so asking for one costs no memory; whoever shows it has
received a packet at that address. Only then is more sent than was received.
"""

import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from socket import socket

from ispstatus.clock import Clock
from ispstatus.reflector.bounded import PerSource
from ispstatus.reflector.datagrams import Datagram, send
from ispstatus.reflector.gate import Gate
from ispstatus.reflector.loop import READ, WRITE, Loop
from ispstatus.reflector.wire import train
from ispstatus.reflector.wire.train import Kind, Packet, Refusal

COOKIE_S = 30.0
"""A cookie is good for this long, and up to as long again."""
SESSION_S = 120.0
"""A session is over so long after it began."""
MOST_SOURCES = 256
MOST_SESSIONS_EACH = 8
MOST_WAITING = 32
"""Trains that may wait for the one being sent."""

_SECOND_NS = 1_000_000_000


@dataclass(slots=True)
class _Session:
    """One test of one client."""

    cookie: bytes
    began_boot_s: float
    up_bytes: int | None = None
    """Received so far; None before the first packet."""
    down_bytes: int | None = None
    stamps_ns: dict[int, list[int | None]] = field(default_factory=dict)
    """Of each upload train, when each packet came."""


@dataclass(slots=True)
class _Sending:
    """A train on its way out."""

    sock: socket
    to: Datagram
    packets: Iterator[bytes]
    waiting: bytes | None = None
    """What the kernel had no room for."""


class TrainResponder:
    """Answers throughput tests on its sockets, which the loop watches for it."""

    def __init__(self, gate: Gate, clock: Clock, loop: Loop, secret: bytes | None = None) -> None:
        self._gate, self._clock, self._loop = gate, clock, loop
        self._secret = secret or secrets.token_bytes(32)
        self._sessions: PerSource[tuple[object, ...], _Session] = PerSource(MOST_SOURCES, MOST_SESSIONS_EACH)
        self._sending: deque[_Sending] = deque()

    def answer(self, sock: socket, came: Datagram, source: str) -> None:
        """Answer one packet of a test."""
        packet = train.decode(came.data)
        if packet is None:
            return
        if packet.kind is Kind.HELLO:
            if self._gate.admits_packet(source):
                send(
                    sock, train.encode(Packet(Kind.COOKIE, packet.session, 0, self._cookie(came, packet.session))), came
                )
            return
        if packet.kind not in (Kind.UP, Kind.REPORT, Kind.GET):
            return
        session = self._session_of(came, packet, source)
        refusal = Refusal.COOKIE if session is None else self._serve(sock, came, source, packet, session)
        if refusal is not None and self._gate.admits_packet(source):
            refused = Packet(Kind.REFUSED, packet.session, packet.train, packet.cookie, refusal)
            send(sock, train.encode(refused), came)

    # ------------------------------------------------------------ who asks
    def _cookie(self, came: Datagram, session: int, *, periods_ago: int = 0) -> bytes:
        period = int(self._clock.boot() // COOKIE_S) - periods_ago
        words = f"{came.host} {came.port} {session} {period}".encode()
        return hmac.digest(self._secret, words, hashlib.sha256)[: train.COOKIE_BYTES]

    def _session_of(self, came: Datagram, packet: Packet, source: str) -> _Session | None:
        """Return the session a packet belongs to, begun by its first good cookie; None for a bad one."""
        now, key = self._clock.boot(), (came.peer, packet.session)
        session = self._sessions.get(source, key)
        if session is not None and now - session.began_boot_s < SESSION_S:
            return session if hmac.compare_digest(session.cookie, packet.cookie) else None
        good = (self._cookie(came, packet.session, periods_ago=ago) for ago in (0, 1))
        if not any(hmac.compare_digest(cookie, packet.cookie) for cookie in good):
            return None
        self._sessions.drop(source, key)
        return self._sessions.get_or_make(source, key, lambda: _Session(packet.cookie, now))

    # ------------------------------------------------------------ what for
    def _serve(self, sock: socket, came: Datagram, source: str, packet: Packet, session: _Session) -> Refusal | None:
        if packet.kind is Kind.UP:
            return self._count(came, source, packet, session)
        if not self._gate.admits_packet(source):
            return None
        if packet.kind is Kind.REPORT:
            return self._report(sock, came, packet, session)
        return self._get(sock, came, source, packet, session)

    def _count(self, came: Datagram, source: str, packet: Packet, session: _Session) -> Refusal | None:
        if session.up_bytes is None:
            if not self._gate.grants(source, train.MOST_BYTES):
                return Refusal.BUSY
            session.up_bytes = 0
        session.up_bytes += len(came.data)
        if packet.second > train.MOST_PACKETS or session.up_bytes > train.MOST_BYTES:
            return Refusal.SIZE
        stamps = session.stamps_ns.setdefault(packet.train, [None] * packet.second)
        if packet.first < len(stamps) and stamps[packet.first] is None:
            stamps[packet.first] = came.received_ns
        return None

    def _report(self, sock: socket, came: Datagram, packet: Packet, session: _Session) -> Refusal | None:
        arrivals = train.arrivals_of(session.stamps_ns.get(packet.train, []))
        if len(came.data) < train.report_bytes(len(arrivals.offsets_ns)):
            return Refusal.SIZE
        send(sock, train.encode_arrivals(packet, arrivals), came)
        return None

    def _get(self, sock: socket, came: Datagram, source: str, packet: Packet, session: _Session) -> Refusal | None:
        packets, size = packet.first, packet.second
        is_sound = 0 < packets <= train.MOST_PACKETS and train.BODY_BYTES <= size <= train.MOST_PACKET_BYTES
        if not is_sound or (session.down_bytes or 0) + packets * size > train.MOST_BYTES:
            return Refusal.SIZE
        if len(self._sending) >= MOST_WAITING:
            return Refusal.BUSY
        if session.down_bytes is None and not self._gate.grants(source, train.MOST_BYTES):
            return Refusal.BUSY
        session.down_bytes = (session.down_bytes or 0) + packets * size
        self._sending.append(_Sending(sock, came, self._train(packet)))
        if len(self._sending) == 1:
            self.go_on()
        return None

    def _train(self, asked: Packet) -> Iterator[bytes]:
        """Yield the packets of a train, each stamped when it is about to be sent."""
        for index in range(asked.first):
            sent_ns = int(self._clock.boot() * _SECOND_NS)
            packet = Packet(Kind.DOWN, asked.session, asked.train, asked.cookie, index, asked.first, sent_ns)
            yield train.encode(packet, size=asked.second)

    def go_on(self) -> None:
        """Send the next train, until the kernel has no room; the loop calls again for the rest, others in between."""
        if self._sending and self._sent(self._sending[0]):
            self._loop.want(self._sending.popleft().sock, READ)
        if self._sending:
            self._loop.want(self._sending[0].sock, READ | WRITE)

    @staticmethod
    def _sent(sending: _Sending) -> bool:
        while True:
            data = sending.waiting or next(sending.packets, None)
            if data is None:
                return True
            sending.waiting = data
            if not send(sending.sock, data, sending.to):
                return False
            sending.waiting = None
