"""Numbered packets to one far end over one UDP socket, bound to one way out and kept for as long as it works.

The far end of a session sees one source port, so stateful firewalls and reflectors know it again. A packet waits in a
slot that is its own timer; what comes back is timed by the kernel's receive stamp.
"""

import errno
import os
import socket
from collections.abc import Callable

from typing_extensions import override

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.net.sockets import destination, local_words, open_udp
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.packets import received_boot_s

RENEW_AFTER = 3
"""Losses in a row after which the next packet leaves by a new port: NAT state can wedge."""

_PACKET_BYTES = 2048
_ANCILLARY_BYTES = 256
_MOST_PER_TURN = 64
_U32 = 1 << 32
_SAID_BY_THE_NETWORK = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
}

Heard = Callable[[RoundTrip], None]


class Packet(Timer):
    """One packet under way; also its own deadline."""

    __slots__ = ("_session", "done", "sent_boot_s", "sent_ns", "sequence", "timeout_s")

    def __init__(self, session: "Session", sequence: int, timeout_s: float, done: Heard) -> None:
        super().__init__()
        self._session: Session | None = session
        self.sequence, self.timeout_s, self.done = sequence, timeout_s, done
        self.sent_boot_s = 0.0
        self.sent_ns = 0
        """The same moment by the wall clock."""

    @property
    @override
    def is_pending(self) -> bool:
        """Whether its deadline still matters."""
        return self._session is not None

    @override
    def cancel(self) -> None:
        """Hear nothing more of it."""
        session, self._session = self._session, None
        if session is not None:
            session.forget(self)

    @override
    def fire(self) -> None:
        """Meet the deadline."""
        if self._session is not None:
            self._session.expire(self)


class Session:
    """A session of one kind of packet. Engine thread only. Subclasses write packets and read answers."""

    def __init__(self, engine: Engine, path: Path, address: str, port: int) -> None:
        self.engine = engine
        self._path, self._address, self._port = path, address, port
        self._sock: socket.socket | None = None
        self._pending: dict[int, Packet] = {}
        self._sequence = -1
        self._lost_in_row = 0

    # ------------------------------------------------------------ what a subclass says
    def set_up(self, sock: socket.socket) -> None:
        """Prepare a new socket."""

    def encode(self, packet: Packet) -> bytes:
        """Return the bytes of a packet."""
        raise NotImplementedError

    def decode(self, data: bytes, received_boot_s: float) -> tuple[Packet, RoundTrip] | None:
        """Return which packet an answer is to, and what it tells; None when it is no answer to one under way."""
        raise NotImplementedError

    def under_way(self, sequence: int) -> Packet | None:
        """Return the packet of that number if it waits for its answer."""
        return self._pending.get(sequence)

    # ------------------------------------------------------------ asking
    def probe(self, *, timeout_s: float, done: Heard) -> Handle:
        """Send one packet and tell ``done`` what came of it within ``timeout_s``.

        OK; SILENT; FAILED when the network said that it cannot be delivered; UNMEASURED when this box did not send it
        or the engine was late.
        """
        self._sequence = (self._sequence + 1) % _U32
        packet = Packet(self, self._sequence, timeout_s, done)
        try:
            self._send(packet)
        except CannotMeasure as error:
            self._shut()  # whatever is wrong with this socket, the next packet gets a new one
            sample = RoundTrip(Outcome.UNMEASURED, error=str(error))
            return self.engine.at(0.0, lambda: done(sample))
        self._pending[packet.sequence] = packet
        self.engine.arm(packet, packet.sent_boot_s + timeout_s)
        return packet

    def close(self) -> None:
        """Hear nothing more, and free the socket."""
        for packet in list(self._pending.values()):
            packet.cancel()
        self._shut()

    def _send(self, packet: Packet) -> None:
        sock = self._sock or self._open()
        clock = self.engine.clock
        for is_last_try in (False, True):
            packet.sent_boot_s, packet.sent_ns = clock.boot(), int(clock.wall() * 1e9)
            try:
                sock.send(self.encode(packet))
            except OSError as error:
                # The kernel hands an earlier packet's ICMP error to whoever calls next: ask once more.
                if is_last_try or error.errno not in _SAID_BY_THE_NETWORK:
                    raise CannotMeasure(f"{self._path.device}: {local_words(error)}") from error
            else:
                return

    def _open(self) -> socket.socket:
        target = destination(self._address, self._port, self._path)
        sock = open_udp(self._path)
        try:
            self.set_up(sock)
            sock.connect(target)  # only the far end's packets arrive, and ICMP errors about ours
        except OSError as error:
            sock.close()
            raise CannotMeasure(f"{self._path.device}: {local_words(error)}") from error
        self._sock = sock
        self.engine.watch(sock, on_readable=self._read)
        return sock

    def _shut(self) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            self.engine.unwatch(sock)
            sock.close()

    # ------------------------------------------------------------ hearing
    def _read(self) -> None:
        for _ in range(_MOST_PER_TURN):
            if self._sock is None:
                return
            try:
                data, ancillary, _, _ = self._sock.recvmsg(_PACKET_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._refused(error.errno or 0)
                return
            self._take(data, received_boot_s(ancillary, self.engine.clock))

    def _take(self, data: bytes, came_boot_s: float) -> None:
        answer = self.decode(data, came_boot_s)
        if answer is None:
            return
        packet, sample = answer
        if came_boot_s - packet.sent_boot_s > packet.timeout_s:
            self.expire(packet)
        else:
            self._lost_in_row = 0
            self._end(packet, sample)

    def _refused(self, code: int) -> None:
        words = _SAID_BY_THE_NETWORK.get(code)
        outcome = Outcome.UNMEASURED if words is None else Outcome.FAILED
        for packet in list(self._pending.values()):
            self._end(packet, RoundTrip(outcome, packet.sent_boot_s, error=words or os.strerror(code)))
        if words is None:
            self._shut()

    def expire(self, packet: Packet) -> None:
        """Give up waiting for a packet's answer."""
        if self.engine.is_late(packet.sent_boot_s, self.engine.clock.boot()):
            self._end(packet, RoundTrip(Outcome.UNMEASURED, packet.sent_boot_s, error="the engine was late"))
            return
        self._lost_in_row += 1
        if self._lost_in_row >= RENEW_AFTER and len(self._pending) == 1:
            self._lost_in_row = 0
            self._shut()
        self._end(packet, RoundTrip(Outcome.SILENT, packet.sent_boot_s))

    def _end(self, packet: Packet, sample: RoundTrip) -> None:
        packet.cancel()
        packet.done(sample)

    def forget(self, packet: Packet) -> None:
        """Let a packet go."""
        self._pending.pop(packet.sequence, None)
