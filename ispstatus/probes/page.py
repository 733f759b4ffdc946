"""What a web request says and what its answer says, byte by byte: no socket, no clock.

``http.client`` reads the head and tells how the body is framed; the body is taken as it comes, because that library
can only read by waiting. No content coding is asked for; the header, the body and all of an answer are bounded,
whatever the server would like to send.
"""

import io
import re
from dataclasses import dataclass
from http.client import HTTPResponse
from socket import socket
from typing import Any, cast
from urllib.parse import SplitResult, quote

from typing_extensions import override

from ispstatus import __version__

HEADER_BYTES = 16 * 1024
BODY_BYTES = 64 * 1024
ANSWER_BYTES = 4 * BODY_BYTES
"""With all that frames the body."""

_HEADERS = {
    "User-Agent": f"ispstatus/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
}
_AS_THEY_ARE = "%!#$&'()*+,/:;=?@[]~"
"""Besides letters and digits, what a URL's path and query may hold unquoted."""
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
_CRLF_BYTES = 2


class Garbled(Exception):
    """What came is no answer, or broke off."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered."""

    status: int
    location: str | None
    body: bytes
    """At most 64 KiB."""
    is_cut: bool = False
    """There was more, or there may have been: it was not waited for."""
    is_reusable: bool = False
    """The connection goes on: it can carry another request."""


def request_of(parts: SplitResult, *, keeps_alive: bool = False) -> bytes:
    """Return the GET for a URL. ValueError for one that names no host, or none that can be spelt."""
    if parts.hostname is None:
        raise ValueError(f"{parts.geturl()!r} names no host")
    target = quote(parts._replace(scheme="", netloc="", fragment="").geturl() or "/", _AS_THEY_ARE)
    host = parts.netloc.rpartition("@")[2].encode("idna").decode()
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in _HEADERS.items())]
    lines.append(f"Connection: {'keep-alive' if keeps_alive else 'close'}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


class Reading:
    """One answer, as far as it has come."""

    def __init__(self, *, wants_body: bool = True) -> None:
        """Without ``wants_body`` only a body that is short and says how long it is gets waited for."""
        self._wants_body = wants_body
        self._heard = bytearray()
        self._at = 0
        """How far what was heard has been taken in."""
        self._response: HTTPResponse | None = None
        self._body = bytearray()

    def take(self, said: bytes) -> Page | None:
        """Take in what came, b"" once the server has closed; return the page when there is one.

        Garbled or HTTPException when there never will be; a hostile server may find other exceptions.
        """
        self._heard += said
        is_ended = not said
        if self._response is None and (is_ended or b"\n" in said or len(self._heard) > HEADER_BYTES):
            self._read_head(is_ended=is_ended)
        return None if self._response is None else self._page(self._response, is_ended=is_ended)

    def _read_head(self, *, is_ended: bool) -> None:
        head = _Head(self._heard, is_ended=is_ended)
        response = HTTPResponse(cast("socket", head), method="GET")
        try:
            response.begin()
        except BlockingIOError:
            return
        self._response, self._at = response, head.tell()

    def _page(self, response: HTTPResponse, *, is_ended: bool) -> Page | None:
        is_whole = self._take_chunks() if response.chunked else self._take_rest(response.length, is_ended=is_ended)
        is_cut = not is_whole and (
            len(self._body) > BODY_BYTES or len(self._heard) > ANSWER_BYTES or not self._is_worth_waiting(response)
        )
        if is_whole or is_cut:
            ends_here = response.length is not None and self._at == len(self._heard)
            is_reusable = ends_here and not (is_cut or response.will_close)
            location = response.headers.get("Location")
            return Page(response.status, location, bytes(self._body[:BODY_BYTES]), is_cut, is_reusable)
        if is_ended:
            raise Garbled("closed in the middle of an answer")
        return None

    def _is_worth_waiting(self, response: HTTPResponse) -> bool:
        return self._wants_body or (response.length is not None and response.length <= BODY_BYTES)

    def _take_rest(self, length: int | None, *, is_ended: bool) -> bool:
        """Move what is here into the body; return whether that is all of it."""
        end = len(self._heard) if length is None else self._at + length - len(self._body)
        self._body += self._heard[self._at : end]
        self._at = min(end, len(self._heard))
        return len(self._body) <= BODY_BYTES and (is_ended if length is None else len(self._body) == length)

    def _take_chunks(self) -> bool:
        """Move the chunks that are here into the body; return whether the last is among them (RFC 9112 section 7.1)."""
        while len(self._body) <= BODY_BYTES and (size_line := _CHUNK.match(self._heard, self._at)):
            begin, size = size_line.end(), int(size_line[1], 16)
            if size == 0:
                return True
            if len(self._heard) < begin + size + _CRLF_BYTES:
                return False
            self._body += self._heard[begin : begin + size]
            self._at = begin + size + _CRLF_BYTES
        if b"\n" in self._heard[self._at :] and len(self._body) <= BODY_BYTES:
            raise Garbled("a chunk without its size")
        return False


class _Head(io.BytesIO):
    """What was heard, as a file of bounded lines that may not all be there yet."""

    def __init__(self, heard: bytes | bytearray, *, is_ended: bool) -> None:
        super().__init__(heard)
        self._is_ended = is_ended

    def makefile(self, _mode: str) -> Any:
        """Be the file of a socket: that is all ``http.client`` asks of one."""
        return self

    @override
    def readline(self, size: int | None = -1, /) -> bytes:
        """Return a line. BlockingIOError when it has not come yet; Garbled when it never will or is too far down."""
        begin = self.tell()
        line = super().readline(size)
        if self.tell() > HEADER_BYTES:
            raise Garbled("header over 16 KiB")
        if not self._is_ended and not line.endswith(b"\n"):
            raise BlockingIOError
        if not line and begin:
            raise Garbled("closed in the middle of an answer")
        return line
