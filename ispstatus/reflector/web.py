"""The HTTP(S) responder: an object to ask for on a cold or warm connection, and LibreSpeed's endpoints for speed tests.

    /generate_204, /204             204, nothing else
    /garbage?ckSize=N               N MiB of noise (4; at most 100)
    /empty                          takes an upload, answers with nothing
    /getIP                          the client's address, as LibreSpeed's page wants it
    /                               a line that says what this is

LibreSpeed's own spellings (/backend/garbage.php) work too.
"""

import json
import secrets
import socket
import ssl
from collections.abc import Generator
from email.utils import formatdate
from http import HTTPStatus

from typing_extensions import override

from ispstatus.reflector.connections import Connection, Connections
from ispstatus.reflector.loop import READ, WRITE
from ispstatus.reflector.wire.http import END_OF_HEAD, MOST_HEAD_BYTES, Head, Refused, decode_head, encode_head

HEAD_S = 5.0
"""From the connection, TLS handshake included, or the first byte of a later request, to the end of the head."""
IDLE_S = 75.0
"""Between two requests; longer than the longest interval of a probe that keeps its connection warm."""
TRANSFER_S = 300.0
"""For a body and the answer."""
LINGER_S = 2.0
"""For the client to read why it was refused, while what it goes on saying is thrown away."""
MIB = 1 << 20
MOST_GARBAGE_MIB = 100
MOST_UPLOAD_BYTES = 100 * MIB

_READ_BYTES = 1 << 16
_WRITTEN_BYTES = 1 << 16
_AT_ONCE = 8
"""Reads or writes of one connection in one turn, so that the others get theirs."""
_NOISE = memoryview(secrets.token_bytes(MIB))
_USUAL_MIB = 4
_METHODS = ("GET", "HEAD", "POST")
_ABOUT = b"ispstatus reflector\n"
_CONTINUE = memoryview(b"HTTP/1.1 100 Continue\r\n\r\n")

Script = Generator[memoryview | None, bytes, None]
"""What a connection does, one step at a time: bytes to be sent, or None to be given what the client says next."""


class WebResponder(Connection):
    """One HTTP connection, inside TLS if a context is given."""

    def __init__(
        self, sock: socket.socket, source: str, table: Connections, context: ssl.SSLContext | None = None
    ) -> None:
        self._peer: str = sock.getpeername()[0]
        self._tls = context and context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        super().__init__(self._tls or sock, source, table, HEAD_S)
        self._is_shaking_hands = self._tls is not None
        self._is_between = False
        self._allowance = 0
        self._unsent = memoryview(b"")
        self._script = self._converse()
        next(self._script)

    @override
    def ready(self, _events: int) -> None:
        """Go on with the handshake, the request or the answer."""
        try:
            self._go_on()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as stuck:
            is_writing = isinstance(stuck, ssl.SSLWantWriteError) or (bool(self._unsent) and self._tls is None)
            self.table.loop.want(self.sock, WRITE if is_writing else READ)
        except (OSError, StopIteration):
            self.end()
        else:
            self.table.loop.want(self.sock, WRITE if self._unsent else READ)

    def _go_on(self) -> None:
        if self._tls and self._is_shaking_hands:
            self._tls.do_handshake()
            self._is_shaking_hands = False
        for _ in range(_AT_ONCE):
            if self._unsent:
                self._unsent = self._unsent[self.sock.send(self._unsent[:_WRITTEN_BYTES]) :]
                said = b""
            else:
                said = self.sock.recv(_READ_BYTES)
                if not said:
                    raise StopIteration
            if not self._unsent:
                self._unsent = self._script.send(said) or memoryview(b"")

    # ------------------------------------------------------------ what is said
    def _converse(self) -> Script:
        """Answer one request after the other."""
        read = bytearray()
        keeps_alive = True
        while keeps_alive:
            try:
                yield from self._await_head(read)
                head = decode_head(self._take_head(read))
                yield from self._take_body(head, read)
                yield from self._answer(head)
                keeps_alive = head.keeps_alive
            except Refused as refused:
                yield self._head_of(refused.status, 0, keeps_alive=False)
                yield from self._linger()
            self.is_busy, self._is_between = False, True
            self.wait(HEAD_S if read else IDLE_S)

    def _await_head(self, read: bytearray) -> Script:
        while END_OF_HEAD not in read:
            if len(read) > MOST_HEAD_BYTES:
                raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            said = yield None
            if not read and self._is_between:
                self.wait(HEAD_S)
            read += said

    def _take_head(self, read: bytearray) -> bytes:
        raw, _, rest = bytes(read).partition(END_OF_HEAD)
        read[:] = rest
        self.is_busy = True
        self.wait(TRANSFER_S)
        return raw

    def _take_body(self, head: Head, read: bytearray) -> Script:
        left = head.body_bytes
        if left > MOST_UPLOAD_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if left and head.expects_continue and not read:
            yield _CONTINUE
        while True:
            taken = min(left, len(read))
            self._spend(taken)
            del read[:taken]
            left -= taken
            if not left:
                return
            read += yield None

    def _answer(self, head: Head) -> Script:
        name = head.path.removeprefix("/backend").removesuffix(".php")
        if head.method not in _METHODS:
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        if name in ("/generate_204", "/204"):
            yield self._head_of(HTTPStatus.NO_CONTENT, None, keeps_alive=head.keeps_alive)
        elif name == "/garbage":
            yield from self._garbage(head)
        else:
            bodies = {"/": _ABOUT, "/empty": b"", "/getIP": self._who_asks()}
            body = bodies.get(name)
            status = HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK
            yield self._head_of(status, len(body or b""), keeps_alive=head.keeps_alive)
            if body and head.method != "HEAD":
                yield memoryview(body)

    def _garbage(self, head: Head) -> Script:
        wished = head.parameters.get("ckSize", "")
        count = min(int(wished), MOST_GARBAGE_MIB) if wished.isdecimal() and int(wished) else _USUAL_MIB
        if head.method == "HEAD":
            yield self._head_of(HTTPStatus.OK, count * MIB, keeps_alive=head.keeps_alive)
            return
        self._spend(MIB)
        yield self._head_of(HTTPStatus.OK, count * MIB, keeps_alive=head.keeps_alive)
        yield _NOISE
        for _ in range(count - 1):
            if not self.table.gate.grants(self.source, MIB):
                raise ConnectionAbortedError(
                    "the volume cap is reached; the length is promised, so only breaking off is left"
                )
            yield _NOISE

    def _who_asks(self) -> bytes:
        return json.dumps({"processedString": self._peer, "rawIspInfo": ""}).encode()

    def _spend(self, count: int) -> None:
        """Ask the gate for volume, a MiB at a time; Refused when there is none."""
        self._allowance -= count
        while self._allowance < 0:
            if not self.table.gate.grants(self.source, MIB):
                raise Refused(HTTPStatus.TOO_MANY_REQUESTS)
            self._allowance += MIB

    def _linger(self) -> Script:
        self.wait(LINGER_S)
        self.sock.shutdown(socket.SHUT_WR)
        while True:
            yield None

    def _head_of(self, status: HTTPStatus, body_bytes: int | None, *, keeps_alive: bool) -> memoryview:
        fields = (
            ("Date", formatdate(self.table.clock.wall(), usegmt=True)),
            ("Cache-Control", "no-store"),
            ("Content-Type", "application/octet-stream"),
        )
        return memoryview(encode_head(status, body_bytes=body_bytes, keeps_alive=keeps_alive, fields=fields))
