"""One listening socket, and who may stay connected when too many want to."""

import logging
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from waitress.server import TcpWSGIServer

from ispstatus.clock import Clock
from ispstatus.web.server.channel import Channel, peer_of

PER_PEER = 20
IN_ALL = 256

_log = logging.getLogger(__name__)


def open_socket(address: str) -> socket.socket:
    """Return a bound, non-blocking socket for "HOST:PORT" or "[HOST]:PORT"; OSError when it cannot be had."""
    host, _, port = address.rpartition(":")
    found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, where = found[0]
    sock = socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        sock.settimeout(0)
    except OSError:
        sock.close()
        raise
    return sock


def name_of(sock: socket.socket) -> str:
    """Return where a socket listens, as "HOST:PORT" or "[HOST]:PORT"."""
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def url_of(addresses: Sequence[str], own_address: Callable[[], str]) -> str:
    """Return where to click: the first IPv4 address that answers, else the first.

    ``own_address`` is asked what to write for "every IPv4 address of this box".
    """
    address = next((one for one in addresses if not one.startswith("[")), addresses[0])
    host, _, port = address.rpartition(":")
    if host == "0.0.0.0":  # noqa: S104  told apart, not listened on
        host = own_address()
    return f"http://{'[::1]' if host == '[::]' else host}:{port}"


class Listener(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """Accepts connections. A new one displaces the one that keeps us waiting longest rather than being refused.

    That holds for the connections of one peer (``PER_PEER``; proxies are exempt, they speak for many) and for all of
    them (``IN_ALL``). Connections with a request in hand are never displaced.
    """

    channel_class = Channel

    def __init__(
        self, sock: socket.socket, *, clock: Clock, is_proxy: Callable[[str], bool], parts: dict[str, Any]
    ) -> None:
        """``parts`` is what waitress's own constructor takes."""
        self.clock = clock
        self._is_proxy = is_proxy
        where = (sock.family, sock.type, sock.proto, sock.getsockname())
        super().__init__(_sock=sock, bind_socket=False, sockinfo=where, **parts)

    def handle_accept(self) -> None:
        """Take a connection in, if there is or can be made room for it."""
        try:
            pair = self.accept()
        except OSError as error:
            _log.warning("a connection could not be accepted: %s", error)
            if not self._displace(self._channels()):
                time.sleep(0.05)
            return
        if pair is None:
            return
        conn, addr = pair
        try:
            if self._make_room(peer_of(addr)):
                self.set_socket_options(conn)
                self.channel_class(self, conn, addr, self.adj, map=self._map)
                return
        except OSError:  # it, or the device it came by, is gone already
            pass
        conn.close()

    def add_task(self, task: Channel) -> None:
        """Queue a channel whose request is complete."""
        task.note_complete()
        super().add_task(task)

    def maintenance(self, now: float) -> None:
        """Do nothing: waitress would go by the wall clock; ``WebServer`` sweeps by the boot clock."""

    def _channels(self) -> list[Channel]:
        return [channel for channel in self._map.values() if isinstance(channel, Channel)]

    def _make_room(self, peer: str) -> bool:
        everyone = self._channels()
        own = [channel for channel in everyone if channel.peer == peer]
        if len(own) >= PER_PEER and not self._is_proxy(peer):
            return self._displace(own)
        return len(everyone) < IN_ALL or self._displace(everyone)

    @staticmethod
    def _displace(channels: list[Channel]) -> bool:
        """Close the one of ``channels`` that keeps us waiting longest; False if all are being served."""
        waiting = [channel for channel in channels if not channel.is_serving]
        if not waiting:
            return False
        min(waiting, key=lambda channel: channel.waiting_since_boot_s).handle_close()
        return True
