"""One HTTP request and its answer on the engine's loop, over a connected socket, inside TLS or not.

For far ends of our own, asked every few seconds: no thread, no library, bounded reading. What a page says is for
``probes.http`` to judge; here only the time to its first byte and its status matter.
"""

import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from ispstatus.probes.engine import Engine
from ispstatus.probes.handover import BODY_BYTES, HEADER_BYTES

_END_OF_HEAD = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[^\r\n]*close", re.IGNORECASE)
_NO_BODY = (204, 304)
_READ_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    first_byte_boot_s: float
    is_reusable: bool
    """The answer has ended and the connection goes on: it can carry another request."""


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
            self._sock.do_handshake()
            self._is_shaking_hands = False
        while self._unsent:
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
        while True:
            said = self._sock.recv(_READ_BYTES)
            if self._first_byte_boot_s is None and said:
                self._first_byte_boot_s = self._engine.clock.boot()
            self._heard += said
            answer = self._answer(is_ended=not said)
            if answer is not None:
                return answer

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
            return Answer(status, self._first_byte_boot_s, is_reusable=False)
        if len(body) < length:
            return None
        keeps_alive = line[1] == b"1" and not _CLOSE.search(head) and len(body) == length
        return Answer(status, self._first_byte_boot_s, is_reusable=keeps_alive)

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
