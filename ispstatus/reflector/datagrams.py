"""UDP as a reflector needs it: when a packet came, by the kernel; where to and with which TTL; back the same way.

An answer leaves from the address that was asked, with the DSCP of the question and TTL 255; it may be fragmented.
"""

import errno
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from ispstatus.clock import Clock

MOST_AT_ONCE = 64
"""Packets read in one turn from one socket, so that the others get theirs."""
Address = tuple[str, int] | tuple[str, int, int, int]

_SO_TIMESTAMPNS = 35
_IP_PKTINFO = 8
_IP_MTU_DISCOVER = 10
_IPV6_MTU_DISCOVER = 23
_PMTUDISC_DONT = 0
_IP_RECVTTL = 12
_IP_RECVTOS = 13
_BUFFER_BYTES = 4 << 20
_MOST_PACKET_BYTES = 65535
_ANCILLARY_BYTES = 256
_UNKNOWN_TTL = 255
"""What RFC 5357 section 4.2.1 writes for a TTL that cannot be read."""
_DSCP_BITS = 0xFC
_STAMP = struct.Struct("@ll")
_INFO_V4 = struct.Struct("@i4s4s")
_INFO_V6 = struct.Struct("@16si")
_INT = struct.Struct("@i")
_SECOND_NS = 1_000_000_000
_TRANSIENT = {errno.EAGAIN, errno.ENOBUFS}


@dataclass(frozen=True, slots=True)
class Datagram:
    """A packet that came in."""

    data: bytes
    peer: Address
    received_ns: int
    """By the kernel; nanoseconds since the Unix epoch."""
    ttl: int
    way_back: tuple[tuple[int, int, bytes], ...]
    """Control messages that send an answer from the address that was asked, with the DSCP of the question."""

    @property
    def host(self) -> str:
        """The sender's address."""
        return self.peer[0]

    @property
    def port(self) -> int:
        """The sender's port."""
        return self.peer[1]


def open_datagrams(address: str, port: int) -> socket.socket:
    """Return a non-blocking UDP socket bound there, ready for ``receive``. OSError when it cannot be."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        _set_up_v6(sock) if family == socket.AF_INET6 else _set_up_v4(sock)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def receive(sock: socket.socket, clock: Clock, handle: Callable[[Datagram], None]) -> None:
    """Hand over what waits in the socket, at most ``MOST_AT_ONCE`` packets. Multicast and broadcast are left alone."""
    for _ in range(MOST_AT_ONCE):
        try:
            data, ancillary, _, peer = sock.recvmsg(_MOST_PACKET_BYTES, _ANCILLARY_BYTES)
        except OSError:
            return  # nothing more waits
        datagram = _datagram(data, ancillary, peer, clock)
        if datagram is not None:
            handle(datagram)


def send(sock: socket.socket, data: bytes, to: Datagram) -> bool:
    """Send an answer; False when the kernel has no room now. What cannot be sent at all is dropped, as networks do."""
    try:
        sock.sendmsg([data], to.way_back, 0, to.peer)
    except OSError as error:
        return error.errno not in _TRANSIENT
    return True


def _set_up_v4(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
    for option, value in ((_IP_PKTINFO, 1), (_IP_RECVTTL, 1), (_IP_RECVTOS, 1), (_IP_MTU_DISCOVER, _PMTUDISC_DONT)):
        sock.setsockopt(socket.IPPROTO_IP, option, value)


def _set_up_v6(sock: socket.socket) -> None:
    for option, value in (
        (socket.IPV6_V6ONLY, 1),
        (socket.IPV6_UNICAST_HOPS, 255),
        (socket.IPV6_RECVPKTINFO, 1),
        (socket.IPV6_RECVHOPLIMIT, 1),
        (socket.IPV6_RECVTCLASS, 1),
        (_IPV6_MTU_DISCOVER, _PMTUDISC_DONT),
    ):
        sock.setsockopt(socket.IPPROTO_IPV6, option, value)


def _datagram(data: bytes, ancillary: list[tuple[int, int, bytes]], peer: Address, clock: Clock) -> Datagram | None:
    said = {(level, kind): value for level, kind, value in ancillary}
    back, is_ours = _way_back(said)
    if not is_ours:
        return None
    stamp = said.get((socket.SOL_SOCKET, _SO_TIMESTAMPNS))
    seconds, nanoseconds = _STAMP.unpack(stamp) if stamp else (0, 0)
    received_ns = seconds * _SECOND_NS + nanoseconds if stamp else int(clock.wall() * _SECOND_NS)
    ttl = said.get((socket.IPPROTO_IP, socket.IP_TTL)) or said.get((socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT))
    return Datagram(data, peer, received_ns, _INT.unpack(ttl)[0] if ttl else _UNKNOWN_TTL, back)


def _way_back(said: dict[tuple[int, int], bytes]) -> tuple[tuple[tuple[int, int, bytes], ...], bool]:
    """Return the control messages of an answer, and whether the packet was sent to us alone."""
    v4 = said.get((socket.IPPROTO_IP, _IP_PKTINFO))
    if v4:
        _, ours, destination = _INFO_V4.unpack(v4)
        info = (socket.IPPROTO_IP, _IP_PKTINFO, _INFO_V4.pack(0, ours, bytes(4)))
        tos = said.get((socket.IPPROTO_IP, socket.IP_TOS), b"\0")[0] & _DSCP_BITS
        return (info, (socket.IPPROTO_IP, socket.IP_TOS, _INT.pack(tos))), ours == destination
    v6 = said.get((socket.IPPROTO_IPV6, socket.IPV6_PKTINFO))
    if v6:
        destination, _ = _INFO_V6.unpack(v6)
        info = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _INFO_V6.pack(destination, 0))
        word = said.get((socket.IPPROTO_IPV6, socket.IPV6_TCLASS))
        dscp = _INT.unpack(word)[0] & _DSCP_BITS if word else 0
        is_ours = destination[0] != 0xFF  # noqa: PLR2004  ff00::/8 is multicast
        return (info, (socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _INT.pack(dscp))), is_ours
    return (), True
