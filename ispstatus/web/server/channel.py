"""One client's connection: waitress's, with deadlines that slow clients cannot stretch.

waitress forgets a connection only after it was quiet for a while, so a client that sends a byte a second stays for
ever. Here a request has to be complete, and an answer taken, within a time; durations are on the boot clock.
"""

import socket
from dataclasses import dataclass
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from ispstatus.clock import Clock
from ispstatus.web.shared.guard import LOCAL_ADDRESS


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take, seconds."""

    request_s: float = 10.0
    """From the connection, or the first byte of a later request, to the end of the request, body included."""
    idle_s: float = 60.0
    """Between two requests."""
    stall_s: float = 30.0
    """Without taking a byte of an answer that waits."""
    answer_s: float = 900.0
    """With an answer always waiting."""


def peer_of(addr: tuple[Any, ...]) -> str:
    """Return the address of an accepted socket's peer; OSError when the device it came by is gone.

    A link-local address has its device behind it (``fe80::1%eth0``, RFC 4007): without, it names one host per link.
    """
    zone = addr[3] if ":" in addr[0] else 0
    return f"{addr[0]}%{socket.if_indextoname(zone)}" if zone else str(addr[0])


class Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """One request; tells the application who called, and which address of ours."""

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environment."""
        environ: dict[str, Any] = super().get_environment()
        environ["REMOTE_ADDR"] = self.channel.peer
        environ[LOCAL_ADDRESS] = self.channel.local
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """One connection. On the server's loop, but for what waitress calls from its request threads."""

    clock: Clock
    task_class = Task

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002
        self.clock = server.clock
        self.peer, self.local = peer_of(addr), str(sock.getsockname()[0])
        now = self.clock.boot()
        self._request_boot_s: float | None = now
        """When the request we wait for began; None between requests."""
        self._moved_boot_s = now
        """When a byte of an answer was last taken, or the last request was complete."""
        self._answer_boot_s: float | None = None
        """Since when there is always something to send."""
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def is_serving(self) -> bool:
        """A whole request is in hand or its answer on the way: never given up for somebody else's sake."""
        return bool(self.requests) or self.total_outbufs_len > 0

    @property
    def waiting_since_boot_s(self) -> float:
        """Since when this client keeps us waiting: the one who waits longest is given up first."""
        return self._moved_boot_s if self._request_boot_s is None else self._request_boot_s

    def handle_read(self) -> None:
        """Note when a request begins.

        A WebSocket upgrade will be recognised here: peek at the head, and hand the unread socket over.
        """
        if self._request_boot_s is None:
            self._request_boot_s = self.clock.boot()
        super().handle_read()

    def note_complete(self) -> None:
        """A whole request was received."""
        self._request_boot_s = None
        self._moved_boot_s = self.clock.boot()

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002  waitress's own signature
        """Note whether the client takes its answer."""
        waiting = self.total_outbufs_len
        sent: int = super().send(data, do_close=do_close)
        now = self.clock.boot()
        if sent:
            self._moved_boot_s = now
        if sent == waiting:
            self._answer_boot_s = None
        elif self._answer_boot_s is None:
            self._answer_boot_s = now
        return sent

    def is_overdue(self, patience: Patience) -> bool:
        """Whether this client has had its time."""
        now = self.clock.boot()
        quiet_s = now - self._moved_boot_s
        if self.total_outbufs_len:
            began = now if self._answer_boot_s is None else self._answer_boot_s
            return quiet_s > patience.stall_s or now - began > patience.answer_s
        if self.requests:
            return False
        if self._request_boot_s is not None:
            return now - self._request_boot_s > patience.request_s
        return quiet_s > patience.idle_s
