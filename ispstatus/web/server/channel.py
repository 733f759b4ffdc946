"""One client's connection: waitress's, with deadlines that slow clients cannot stretch.

waitress forgets a connection only after it was quiet for a while, so a client that sends a byte a second stays for
ever. Here a request has to be complete, and an answer taken, within a time; durations are on the boot clock.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel

if TYPE_CHECKING:
    from ispstatus.web.server.listener import Listener


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take, seconds."""

    request_s: float = 10.0
    """From the first byte (or the connection) to the end of the request."""
    idle_s: float = 60.0
    """Between two requests."""
    stall_s: float = 30.0
    """Without taking a byte of an answer that waits."""
    answer_s: float = 900.0
    """To take one whole answer."""


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """One connection. Runs on the server's loop, but for what waitress calls from its request threads."""

    server: Listener

    def __init__(self, server: Listener, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002  waitress's own name
        now = server.clock.boot()
        self.peer = str(addr[0])
        self._heard_boot_s = now
        """When the connection, the last answer, or the request in hand began."""
        self._took_boot_s = now
        self._answer_boot_s: float | None = None
        self._has_asked = False
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def is_serving(self) -> bool:
        """A whole request is in hand or its answer on the way: never given up for somebody else's sake."""
        return bool(self.requests) or bool(self.total_outbufs_len)

    @property
    def waiting_since_boot_s(self) -> float:
        """Since when nothing useful came: the longest waiting is given up first."""
        return self._heard_boot_s

    def handle_read(self) -> None:
        """Note when a request begins.

        This is where a WebSocket upgrade will be recognised (peek, do not read) and the socket handed over.
        """
        if self.request is None and not self.requests:
            self._heard_boot_s = self.server.clock.boot()
            self._has_asked = True
        super().handle_read()

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002  waitress's own signature
        """Note that the client takes its answer."""
        sent: int = super().send(data, do_close=do_close)
        now = self.server.clock.boot()
        if self._answer_boot_s is None:
            self._answer_boot_s = now
        if sent:
            self._took_boot_s = now
        if sent and sent == self.total_outbufs_len:
            self._answer_boot_s, self._heard_boot_s, self._has_asked = None, now, False
        return sent

    def is_overdue(self, patience: Patience) -> bool:
        """Whether this client has had its time."""
        now = self.server.clock.boot()
        if self.total_outbufs_len:
            began = self._answer_boot_s if self._answer_boot_s is not None else now
            return now - max(self._took_boot_s, began) > patience.stall_s or now - began > patience.answer_s
        if self.requests:
            return False
        is_incomplete = self.request is not None or not self._has_asked_before
        return now - self._heard_boot_s > (patience.request_s if is_incomplete else patience.idle_s)
