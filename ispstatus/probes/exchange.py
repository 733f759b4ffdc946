"""One HTTP request and its answer on the engine's loop, over a connected socket, inside TLS or not.

No thread and no waiting. Who answered, and whether it should have, is for ``probes.interception`` to judge. Answers are
timed by the kernel's receive stamps: what this box takes to wake up, or for its cryptography, is not the line's.
"""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ispstatus.probes.engine import Engine
from ispstatus.probes.packets import received_boot_s
from ispstatus.probes.page import Page, Reading

_READ_BYTES = 16 * 1024
_ANCILLARY_BYTES = 64

Done = Callable[[Page | Exception], None]
T = TypeVar("T")


@dataclass(slots=True)
class Waits:
    """How long an exchange waited for the far end; what lies between the two waits is this box's own time."""

    handshake_ms: float | None = None
    """From the first word of a TLS handshake to the far end's last; None without TLS, or before that."""
    answer_ms: float | None = None
    """From the request to the answer's first byte; None before that."""
    first_byte_boot_s: float | None = None
    """When that came."""

    @property
    def total_ms(self) -> float:
        """Both, as far as they go."""
        return (self.handshake_ms or 0.0) + (self.answer_ms or 0.0)


class Exchange:
    """One exchange under way. Owns nothing: whoever started it closes the socket."""

    def __init__(
        self, engine: Engine, sock: socket.socket, request: bytes, done: Done, *, wants_body: bool = True
    ) -> None:
        """``done`` is told the answer, or what went wrong: at once, or later on the engine thread; at most once.

        Without ``wants_body`` a body that is long, or does not say how long it is, is not waited for.
        """
        self.waits = Waits()
        self._engine = engine
        self._sock = sock
        self._is_shaking_hands = isinstance(sock, ssl.SSLSocket)
        self._unsent = request
        self._done = done
        self._reading = Reading(wants_body=wants_body)
        self._began_boot_s = self._asked_boot_s = engine.clock.boot()
        self._has_greeted = False
        self._writes: bool | None = None
        """What the socket is watched for; None: for nothing."""

    def start(self) -> None:
        """Shake hands if it is TLS, and ask."""
        self._began_boot_s = self._engine.clock.boot()
        self._go_on()

    def cancel(self) -> None:
        """Hear nothing more; harmless when it is over."""
        self._watch(None)

    def _go_on(self) -> None:
        try:
            page = self._talk()
        except ssl.SSLWantWriteError:
            self._watch(writes=True)
        except (BlockingIOError, ssl.SSLWantReadError):
            # A handshake waits for the other side; a plain socket that takes no more waits for room.
            self._watch(writes=bool(self._unsent) and not isinstance(self._sock, ssl.SSLSocket))
        except Exception as error:  # noqa: BLE001  hostile servers find every exception there is; all mean "no page"
            self._end(error)
        else:
            self._end(page)

    def _talk(self) -> Page:
        """Go on as far as the socket allows; return the page once it is there."""
        if self._is_shaking_hands and isinstance(self._sock, ssl.SSLSocket):
            self._shake_hands(self._sock)
        while self._unsent:
            self._asked_boot_s = self._engine.clock.boot()
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
        while True:
            page = self._reading.take(self._read())
            if page is not None:
                return page

    def _shake_hands(self, sock: ssl.SSLSocket) -> None:
        try:
            _, came_boot_s = self._timed(sock.do_handshake)
        except ssl.SSLWantReadError:
            if not self._has_greeted:  # the first word has left just now: making it took time of our own
                self._has_greeted, self._began_boot_s = True, self._engine.clock.boot()
            raise
        self.waits.handshake_ms = max(0.0, came_boot_s - self._began_boot_s) * 1000.0
        self._is_shaking_hands = False

    def _read(self) -> bytes:
        if self.waits.first_byte_boot_s is not None:
            return self._sock.recv(_READ_BYTES)
        said, came_boot_s = self._timed(lambda: self._sock.recv(_READ_BYTES))
        if said:
            self.waits.first_byte_boot_s = max(came_boot_s, self._asked_boot_s)
            self.waits.answer_ms = (self.waits.first_byte_boot_s - self._asked_boot_s) * 1000.0
        return said

    def _timed(self, read: Callable[[], T]) -> tuple[T, float]:
        """Return what ``read`` returns, and when what it read came."""
        came_boot_s = self._came_boot_s()
        result = read()
        return result, self._engine.clock.boot() if came_boot_s is None else came_boot_s

    def _came_boot_s(self) -> float | None:
        """Return when what waits in the socket came, by the kernel: its first byte, or inside TLS the whole flight.

        None: nothing waits.
        """
        wanted = _READ_BYTES if isinstance(self._sock, ssl.SSLSocket) else 1
        try:
            # Of the socket itself: below TLS, which does not know when its bytes came.
            _, ancillary, _, _ = socket.socket.recvmsg(self._sock, wanted, _ANCILLARY_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        return received_boot_s(ancillary, self._engine.clock)

    def _watch(self, writes: bool | None) -> None:  # noqa: FBT001  private
        if writes == self._writes:
            return
        if self._writes is not None:
            self._engine.unwatch(self._sock)
        self._writes = writes
        if writes is not None:
            self._engine.watch(
                self._sock, on_readable=None if writes else self._go_on, on_writable=self._go_on if writes else None
            )

    def _end(self, outcome: Page | Exception) -> None:
        self.cancel()
        self._done(outcome)
