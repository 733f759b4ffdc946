"""ICMP echo packets: icmplib writes and reads them; its sockets and its clock are not used.

Errors come from the kernel's error queue (``struct sock_extended_err``, ip(7)), which quotes the echo they are about.
"""

import socket
import struct
from dataclasses import dataclass

from icmplib import ICMPv4Socket, ICMPv6Socket

from ispstatus.clock import Clock
from ispstatus.model.uplink import Family
from ispstatus.net.sockets import IP_RECVERR, IPV6_RECVERR, SO_TIMESTAMPNS, V4

ECHO_HEADER_BYTES = 8
TRUSTED_STAMP_AGE_S = 1.0
"""A receive stamp older than this may be one from before the wall clock was set."""

_V4_HEADER_BYTES = 20
_ECHO_REPLY = {4: 0, 6: 129}
_TIME_EXCEEDED = {4: 11, 6: 3}
_ORIGIN_ICMP = (2, 3)
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
_STAMP = struct.Struct("@ll")
_OFFENDER_OFFSET = {4: 4, 6: 8}
_ADDRESS_BYTES = {4: 4, 6: 16}

CmsgList = list[tuple[int, int, bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """One echo reply."""

    id: int
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class IcmpError:
    """What the network (``is_remote``) or this kernel said about an echo of ours."""

    is_remote: bool
    errno: int
    is_time_exceeded: bool
    offender: str | None
    """Who said it; None when this box did."""


class _V4(ICMPv4Socket):  # type: ignore[misc]
    """icmplib's packet format without its socket: ours is bound to an uplink."""

    def _create_socket(self, type: int) -> None:  # noqa: A002, ARG002  icmplib's hook
        return None


class _V6(ICMPv6Socket):  # type: ignore[misc]
    """The same for IPv6."""

    def _create_socket(self, type: int) -> None:  # noqa: A002, ARG002  icmplib's hook
        return None


class Codec:
    """Writes and reads the echoes of one socket."""

    def __init__(self, family: Family, *, is_raw: bool) -> None:
        self.family = family
        self._format = (_V4 if family == V4 else _V6)(privileged=is_raw)
        self._has_header = family == V4 and is_raw

    def encode(self, identifier: int, sequence: int, payload: bytes) -> bytes:
        """Return an echo request; on a ping socket the kernel replaces the identifier."""
        packet: bytes = self._format._create_packet(identifier, sequence, payload)
        return packet

    def decode(self, packet: bytes, source: str) -> Reply | None:
        """Return the echo reply in ``packet`` as it came from the socket, None for anything else."""
        if self._has_header:
            packet = _without_options(packet)
        start = _V4_HEADER_BYTES + ECHO_HEADER_BYTES if self._has_header else ECHO_HEADER_BYTES
        if len(packet) < start:
            return None
        reply = self._format._parse_reply(packet, source, 0.0)
        if reply is None or reply.type != _ECHO_REPLY[self.family] or reply.code != 0:
            return None
        return Reply(reply.id, reply.sequence, packet[start:])


def quoted_echo(quote: bytes) -> tuple[int, int] | None:
    """Return id and sequence of the echo an error queue entry quotes, None if it quotes too little."""
    if len(quote) < ECHO_HEADER_BYTES:
        return None
    identifier, sequence = struct.unpack_from("!HH", quote, 4)
    return identifier, sequence


def stamp_of(ancillary: CmsgList) -> float | None:
    """Return the kernel's receive stamp, wall clock seconds since the epoch; None without one."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack_from(data)
            return float(seconds + nanoseconds * 1e-9)
    return None


def received_boot_s(ancillary: CmsgList, clock: Clock) -> float:
    """Return when a packet came, by the kernel's stamp, on the boot clock.

    The stamp is wall time: outside 0..1 s ago it is distrusted, for the wall clock may have stepped, and now is meant.
    """
    wall, boot = clock.wall(), clock.boot()
    stamp = stamp_of(ancillary)
    if stamp is None or not 0.0 <= wall - stamp <= TRUSTED_STAMP_AGE_S:
        return boot
    return boot - (wall - stamp)


def error_of(ancillary: CmsgList, family: Family) -> IcmpError | None:
    """Return the extended error of an error queue entry, None without one."""
    wanted = (socket.IPPROTO_IP, IP_RECVERR) if family == V4 else (socket.IPPROTO_IPV6, IPV6_RECVERR)
    for level, kind, data in ancillary:
        if (level, kind) == wanted and len(data) >= _EXTENDED_ERROR.size:
            number, origin, icmp_type, _, _, _, _ = _EXTENDED_ERROR.unpack_from(data)
            is_remote = origin in _ORIGIN_ICMP
            return IcmpError(
                is_remote=is_remote,
                errno=number,
                is_time_exceeded=is_remote and icmp_type == _TIME_EXCEEDED[family],
                offender=_offender(data[_EXTENDED_ERROR.size :], family) if is_remote else None,
            )
    return None


def _offender(sockaddr: bytes, family: Family) -> str | None:
    start = _OFFENDER_OFFSET[family]
    address = sockaddr[start : start + _ADDRESS_BYTES[family]]
    if len(address) < _ADDRESS_BYTES[family]:
        return None
    return socket.inet_ntop(socket.AF_INET if family == V4 else socket.AF_INET6, address)


def _without_options(packet: bytes) -> bytes:
    """Drop IPv4 options: icmplib expects a 20-byte header."""
    header_bytes = (packet[0] & 0x0F) * 4 if packet else 0
    return packet if header_bytes <= _V4_HEADER_BYTES else packet[:_V4_HEADER_BYTES] + packet[header_bytes:]
