"""TCP connections, so many and no more: a new one is always taken up, in the place of the one that idles longest.

So clients that connect and say nothing cannot keep others out, not even others at the same address.
"""

import errno
import socket
import struct
from collections.abc import Callable, Iterator

from typing_extensions import override

from ispstatus.clock import Clock
from ispstatus.model.settings import ReflectorCaps
from ispstatus.reflector.gate import Gate
from ispstatus.reflector.loop import READ, Loop

_ACCEPTED_AT_ONCE = 32
_NOTHING_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_BACKLOG = 1024
_RESET = struct.pack("@ii", 1, 0)


class Connection:
    """One connection on the loop. Subclasses say what ``ready`` does; whoever waits in vain is ended."""

    def __init__(self, sock: socket.socket, source: str, table: "Connections", patience_s: float) -> None:
        self.sock, self.source, self.table = sock, source, table
        self.is_busy = False
        """In the middle of an answer, so not the first to make room."""
        self.wait(patience_s)

    def wait(self, patience_s: float) -> None:
        """Begin another wait: from now, at most so long."""
        self.since_boot_s = self.table.clock.boot()
        self.deadline_boot_s = self.since_boot_s + patience_s

    def ready(self, events: int) -> None:
        """Go on as far as the socket allows."""
        raise NotImplementedError

    def end(self) -> None:
        """Close the connection; harmless when it is."""
        self.table.remove(self)


class TcpResponder(Connection):
    """Takes a connection and waits until the client closes it; what it says is not read for longer than a moment."""

    PATIENCE_S = 5.0

    def __init__(self, sock: socket.socket, source: str, table: "Connections") -> None:
        super().__init__(sock, source, table, self.PATIENCE_S)

    @override
    def ready(self, _events: int) -> None:
        """Throw away what is said; end with the client."""
        try:
            said = self.sock.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self.end()


Make = Callable[[socket.socket, str, "Connections"], Connection]
"""Makes the connection of a service from an accepted socket and its source."""


class Connections:
    """All connections of the reflector."""

    def __init__(self, gate: Gate, caps: ReflectorCaps, clock: Clock, loop: Loop) -> None:
        self.gate, self.clock, self.loop = gate, clock, loop
        self._most, self._most_each = caps.connections, caps.source_connections
        self._open: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def serve(self, listener: socket.socket, make: Make) -> None:
        """Take up what connects to a listening socket."""
        self.loop.watch(listener, lambda _events: self._accept(listener, make))

    def remove(self, connection: Connection) -> None:
        """Close a connection and forget it; harmless when it is."""
        if connection in self._open:
            del self._open[connection]
            self.loop.forget(connection.sock)
            connection.sock.close()

    def each_second(self) -> None:
        """End every connection that kept us waiting too long."""
        now = self.clock.boot()
        for connection in [one for one in self._open if now >= one.deadline_boot_s]:
            connection.end()

    def close(self) -> None:
        """End all of them."""
        for connection in list(self._open):
            connection.end()

    def _accept(self, listener: socket.socket, make: Make) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                sock, peer = listener.accept()
            except OSError as error:  # nobody waits any more, or who did has gone
                if error.errno in _NOTHING_LEFT:
                    self._make_room(iter(self._open), 0)
                return
            source = self.gate.source_of(peer[0])
            if source is None or not self.gate.admits_connection(source):
                _reset(sock)
                continue
            self._make_room((one for one in self._open if one.source == source), self._most_each)
            self._make_room(iter(self._open), self._most)
            try:
                self._take_up(sock, source, make)
            except OSError:  # gone again already
                sock.close()

    def _take_up(self, sock: socket.socket, source: str, make: Make) -> None:
        sock.settimeout(0.0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = make(sock, source, self)
        self._open[connection] = None
        self.loop.watch(connection.sock, connection.ready, READ)

    def _make_room(self, among: Iterator[Connection], most: int) -> None:
        """End the one that idles longest if there are as many as there may be."""
        candidates = list(among)
        if candidates and len(candidates) >= most:
            min(candidates, key=lambda one: (one.is_busy, one.since_boot_s)).end()


def open_listener(address: str, port: int) -> socket.socket:
    """Return a non-blocking listening TCP socket. OSError when it cannot be."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _reset(sock: socket.socket) -> None:
    """Close with a reset: the client is told at once, and nothing of it stays here."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()
