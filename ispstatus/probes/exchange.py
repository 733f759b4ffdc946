"""One HTTP request and its answer on the engine's loop, over a connected socket, inside TLS or not.

For far ends of our own, asked every few seconds: no thread, no library, bounded reading. What a page says is for
``probes.http`` to judge; here only the time to its first byte and its status matter. What came is timed by the kernel's
receive stamps: what this box takes to wake up, or for its cryptography, is not the line's.
"""

import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ispstatus.probes.engine import Engine
from ispstatus.probes.handover import BODY_BYTES, HEADER_BYTES
from ispstatus.probes.packets import received_boot_s

_END_OF_HEAD = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[^\r\n]*close", re.IGNORECASE)
_NO_BODY = (204, 304)
_READ_BYTES = 16 * 1024
_ANCILLARY_BYTES = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    first_byte_boot_s: float
    answer_ms: float
    """From the request to the answer's first byte."""
    handshake_ms: float
    """From the first word of a TLS handshake to the far end's last; 0 without TLS."""
    is_reusable: bool
    """The answer has ended and the connection goes on: it can carry another request."""

    @property
    def waited_ms(self) -> float:
        """How long we waited for the far end: what lies between handshake and request is this box's own time."""
        return self.handshake_ms + self.answer_ms


class Garbled(Exception):
    """What came back is no HTTP/1.x answer, or broke off."""


Done = Callable[[Answer | Exception], None]


class Exchange:
    """One exchange under way. Owns nothing: whoever started it closes the socket."""

    def __init__(self, engine: Engine, sock: socket.socket, request: bytes, done: Done) -> None:
        """``done`` is told the answer, or what went wrong: at once, or later on the engine thread; at most once."""
        self._engine = engine
        self._sock = sock
        self._is_shaking_hands = isinstance(sock, ssl.SSLSocket)
        self._unsent = request
        self._done = done
        self._heard = b""
        self._began_boot_s = self._asked_boot_s = engine.clock.boot()
        self._has_greeted = False
        self._handshake_ms = 0.0
        self._first_byte_boot_s: float | None = None
        self._is_over = False
        self._writes: bool | None = None
        """What the socket is watched for; None: for nothing."""

    @property
    def has_heard(self) -> bool:
        """Whether a single byte has come back."""
        return self._first_byte_boot_s is not None

    def start(self) -> None:
        """Shake hands if it is TLS, and ask."""
        self._began_boot_s = self._engine.clock.boot()
        self._go_on()

    def cancel(self) -> None:
        """Hear nothing more; harmless when it is over."""
        self._is_over = True
        self._watch(None)

    def _go_on(self) -> None:
        if self._is_over:
            return
        try:
            answer = self._talk()
        except ssl.SSLWantWriteError:
            self._watch(writes=True)
        except (BlockingIOError, ssl.SSLWantReadError):
            # A handshake waits for the other side; a plain socket that takes no more waits for room.
            self._watch(writes=bool(self._unsent) and not isinstance(self._sock, ssl.SSLSocket))
        except (OSError, Garbled) as error:
            self._end(error)
        else:
            self._end(answer)

    def _talk(self) -> Answer:
        """Go on as far as the socket allows; return the answer once it is whole."""
        if self._is_shaking_hands and isinstance(self._sock, ssl.SSLSocket):
            self._shake_hands(self._sock)
        while self._unsent:
            self._asked_boot_s = self._engine.clock.boot()
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
        while True:
            said, came_boot_s = self._timed(lambda: self._sock.recv(_READ_BYTES))
            if self._first_byte_boot_s is None and said:
                self._first_byte_boot_s = max(came_boot_s, self._asked_boot_s)
            self._heard += said
            answer = self._answer(is_ended=not said)
            if answer is not None:
                return answer

    def _shake_hands(self, sock: ssl.SSLSocket) -> None:
        try:
            _, came_boot_s = self._timed(sock.do_handshake)
        except ssl.SSLWantReadError:
            if not self._has_greeted:  # the first word has left just now: making it took time of our own
                self._has_greeted, self._began_boot_s = True, self._engine.clock.boot()
            raise
        self._handshake_ms = max(0.0, came_boot_s - self._began_boot_s) * 1000.0
        self._is_shaking_hands = False

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

    def _answer(self, *, is_ended: bool) -> Answer | None:
        """Return the answer if it is all here; Garbled when it never will be."""
        head, end, body = self._heard.partition(_END_OF_HEAD)
        if not end:
            if is_ended:
                raise Garbled("closed in the middle of an answer" if self._heard else "closed without an answer")
            if len(head) > HEADER_BYTES:
                raise Garbled("header over 16 KiB")
            return None
        head += b"\r\n"
        line = _STATUS_LINE.match(head)
        if line is None or self._first_byte_boot_s is None:
            raise Garbled("not an HTTP answer")
        status, length = int(line[2]), _length(head, int(line[2]))
        if length is None or length > BODY_BYTES or is_ended:
            return self._told(status, self._first_byte_boot_s, is_reusable=False)
        if len(body) < length:
            return None
        keeps_alive = line[1] == b"1" and not _CLOSE.search(head) and len(body) == length
        return self._told(status, self._first_byte_boot_s, is_reusable=keeps_alive)

    def _told(self, status: int, first_byte_boot_s: float, *, is_reusable: bool) -> Answer:
        answer_ms = (first_byte_boot_s - self._asked_boot_s) * 1000.0
        return Answer(status, first_byte_boot_s, answer_ms, self._handshake_ms, is_reusable)

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

    def _end(self, outcome: Answer | Exception) -> None:
        self.cancel()
        self._done(outcome)


def _length(head: bytes, status: int) -> int | None:
    """Return how long the body is; None when only reading to the end would tell."""
    if status in _NO_BODY:
        return 0
    found = _LENGTH.search(head)
    return None if found is None or _CODING.search(head) else int(found[1])
