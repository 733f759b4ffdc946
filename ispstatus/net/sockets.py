"""Sockets that leave by one uplink and no other: bound to its device, its source address and its mark.

Device alone is not enough: with policy routing the kernel would take a far target for a neighbour on the link.
Raw ICMP needs CAP_NET_RAW; where that is missing, ping sockets (``net.ipv4.ping_group_range``) stand in.
"""

import errno
import os
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.uplink import Family

V4: Family = 4
V6: Family = 6

SO_TIMESTAMPNS = 35
IP_RECVERR = 11
IPV6_RECVERR = 25

_SO_MARK = 36
_SOL_RAW = 255
_IP_MTU_DISCOVER = 10
_IP_PMTUDISC_DONT = 0
_IP_BIND_ADDRESS_NO_PORT = 24
_ICMP_FILTER = 1
_ICMP6_FILTER = 1
_ECHO_REPLY = 0
_ECHO_REPLY_V6 = 129

SockAddr = tuple[str, int] | tuple[str, int, int, int]

_WORDS = {
    errno.EPERM: "not permitted (a local firewall rule, or CAP_NET_RAW is missing)",
    errno.EACCES: "not permitted (a local firewall rule, or CAP_NET_RAW is missing)",
    errno.ENODEV: "the interface is gone",
    errno.ENXIO: "the interface is gone",
    errno.ENETDOWN: "the interface is down",
    errno.ENETUNREACH: "this box has no route to it",
    errno.EHOSTUNREACH: "this box has no route to it",
    errno.EADDRNOTAVAIL: "the source address is not on this box",
    errno.EADDRINUSE: "no source port is free",
    errno.ENOBUFS: "the link takes no packets (no carrier, or its queue is full)",
    errno.EAGAIN: "the send queue is full",
    errno.ENOMEM: "out of memory",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files",
    errno.EINVAL: "the kernel refuses this source on this interface",
}


@dataclass(frozen=True, slots=True)
class EchoSocket:
    """A socket for ICMP echoes, and which kind the kernel allowed."""

    sock: socket.socket
    is_raw: bool
    """True: every echo reply to the source arrives, with its IPv4 header. False: only ours; the kernel sets the id."""


def local_words(error: OSError) -> str:
    """Say in words why the kernel would not send."""
    return _WORDS.get(error.errno or 0) or os.strerror(error.errno or 0)


def destination(address: str, port: int, path: Path) -> SockAddr:
    """Return what the socket calls take for ``address``; a link-local IPv6 one is pinned to the path's interface.

    CannotMeasure when it is no address of the path's family.
    """
    host, _, zone = address.partition("%")
    try:
        family = socket.AF_INET6 if path.family == V6 else socket.AF_INET
        host = socket.inet_ntop(family, socket.inet_pton(family, host))
        if family == socket.AF_INET:
            return host, port
        is_link_local = zone != "" or host.startswith("fe80:")
        return host, port, 0, (path.ifindex or socket.if_nametoindex(zone or path.device)) if is_link_local else 0
    except OSError as error:
        raise CannotMeasure(f"{address} is no IPv{path.family} address reachable by {path.device}") from error


def open_echo(path: Path) -> EchoSocket:
    """Open a non-blocking ICMP socket bound to ``path``: raw if permitted, else a ping socket.

    Only echo replies arrive by ``recvmsg``; ICMP errors about our own echoes arrive in the error queue. Both carry
    kernel receive stamps. Echoes leave without "don't fragment". CannotMeasure says in words why not.
    """
    try:
        return EchoSocket(_open_icmp(path, socket.SOCK_RAW), is_raw=True)
    except PermissionError:
        pass
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        return EchoSocket(_open_icmp(path, socket.SOCK_DGRAM), is_raw=False)
    except PermissionError as error:
        raise CannotMeasure("echo is not permitted: needs CAP_NET_RAW, or net.ipv4.ping_group_range") from error
    except OSError as error:
        raise _cannot(path, error) from error


def open_udp(path: Path) -> socket.socket:
    """Open a non-blocking UDP socket bound to ``path``, on a random source port, with kernel receive stamps.

    CannotMeasure says why not.
    """
    return _open(path, socket.SOCK_DGRAM)


def open_tcp(path: Path) -> socket.socket:
    """Open a non-blocking, unconnected TCP socket bound to ``path``, with kernel receive stamps.

    CannotMeasure says why not.
    """
    return _open(path, socket.SOCK_STREAM)


def echo_mode(family: Family = 4) -> str:
    """Return how this process may send echoes: ``raw``, ``ping socket`` or ``unavailable``."""
    for kind, mode in ((socket.SOCK_RAW, "raw"), (socket.SOCK_DGRAM, "ping socket")):
        with suppress(OSError), _icmp_socket(family, kind):
            return mode
    return "unavailable"


def _open(path: Path, kind: int) -> socket.socket:
    try:
        sock = socket.socket(_family(path.family), kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if kind == socket.SOCK_STREAM:
            # The port is chosen at connect, so that many probes can share one source address.
            sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            # A request must not wait until the end of the TLS handshake is acknowledged: that would be a round trip.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _bind(sock, path)
    except OSError as error:
        sock.close()
        raise _cannot(path, error) from error
    except CannotMeasure:
        sock.close()
        raise
    return sock


def _open_icmp(path: Path, kind: int) -> socket.socket:
    sock = _icmp_socket(path.family, kind)
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if path.family == V4:
            _set_up_v4(sock, is_raw=kind == socket.SOCK_RAW)
        else:
            _set_up_v6(sock, is_raw=kind == socket.SOCK_RAW)
        _bind(sock, path)
    except (OSError, CannotMeasure):
        sock.close()
        raise
    return sock


def _icmp_socket(family: Family, kind: int) -> socket.socket:
    protocol = socket.IPPROTO_ICMP if family == V4 else socket.IPPROTO_ICMPV6
    return socket.socket(_family(family), kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)


def _set_up_v4(sock: socket.socket, *, is_raw: bool) -> None:
    sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DONT)
    sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    if is_raw:
        # A set bit blocks that ICMP type.
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", 0xFFFFFFFF & ~(1 << _ECHO_REPLY)))


def _set_up_v6(sock: socket.socket, *, is_raw: bool) -> None:
    sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    if is_raw:
        blocked = [0xFFFFFFFF] * 8
        blocked[_ECHO_REPLY_V6 >> 5] &= ~(1 << (_ECHO_REPLY_V6 & 31))
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *blocked))


def _bind(sock: socket.socket, path: Path) -> None:
    if path.source is None:
        raise CannotMeasure(f"{path.device} has no IPv{path.family} address")
    if path.mark:
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_MARK, path.mark)
        except PermissionError as error:
            # Not a PermissionError: a ping socket could not set the mark either.
            raise CannotMeasure(f"mark {path.mark} cannot be set: needs CAP_NET_RAW") from error
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, path.device.encode() + b"\0")
    sock.bind(destination(path.source, 0, path))


def _family(family: Family) -> socket.AddressFamily:
    return socket.AF_INET if family == V4 else socket.AF_INET6


def _cannot(path: Path, error: OSError) -> CannotMeasure:
    return CannotMeasure(f"{path.device}: {local_words(error)}")
