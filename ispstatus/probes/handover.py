"""HTTP over a socket somebody else connected: ``http.client`` speaks, the uplink's bound socket carries it.

Name, SNI and certificate check stay on the URL's host. No proxy, no redirect, no cookie, no content coding; a header
over 16 KiB is refused and a body is read up to 64 KiB, whatever the server would like to send.
"""

import http.client
import io
import os
import socket
import ssl
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import certifi
from typing_extensions import override

from ispstatus import __version__
from ispstatus.clock import Clock

HEADER_BYTES = 16 * 1024
BODY_BYTES = 64 * 1024

_HEADERS = {
    "User-Agent": f"ispstatus/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
}
_AS_THEY_ARE = "%!#$&'()*+,/:;=?@[]~"
"""Besides letters and digits, what a URL's path and query may hold unquoted."""


class HeaderTooLarge(http.client.HTTPException):
    """The answer's header goes on and on."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered."""

    status: int
    location: str | None
    body: bytes
    """At most 64 KiB."""
    is_cut: bool
    """There was more."""


@dataclass(slots=True)
class Marks:
    """When a request reached its phases, on the boot clock; None for one it did not reach."""

    begun_boot_s: float
    tls_boot_s: float | None = None
    first_byte_boot_s: float | None = None
    ended_boot_s: float | None = None


class Fetcher:
    """Fetches pages over handed-over sockets, one at a time; each worker thread has its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def fetch(self, url: str, sock: socket.socket, *, timeout_s: float) -> tuple[Page | Exception, Marks]:
        """GET ``url`` over the connected ``sock``, which is closed in any case; never raises.

        ``timeout_s`` bounds one wait for the socket; whoever wants a bound for all of it shuts the socket down.
        """
        marks = Marks(self._clock.boot())
        try:
            with sock:
                answer: Page | Exception = self._get(url, sock, marks, timeout_s)
        except Exception as error:  # noqa: BLE001  hostile servers find every exception there is; all mean "no page"
            answer = error
        marks.ended_boot_s = self._clock.boot()
        return answer, marks

    def _get(self, url: str, sock: socket.socket, marks: Marks, timeout_s: float) -> Page:
        parts = urlsplit(url)
        if parts.hostname is None:
            raise ValueError(f"{url!r} names no host")
        request = request_of(parts)
        sock.settimeout(timeout_s)
        stream = sock
        if parts.scheme == "https":
            stream = tls_context().wrap_socket(sock, server_hostname=parts.hostname)
            marks.tls_boot_s = self._clock.boot()
        with stream:
            stream.sendall(request)
            with _Response(stream, self._clock, marks) as response:
                response.begin()
                return _read(response)


def request_of(parts: SplitResult, *, keeps_alive: bool = False) -> bytes:
    """Return the GET for a URL. ValueError (UnicodeError) for a host that is no name."""
    target = quote(parts._replace(scheme="", netloc="", fragment="").geturl() or "/", _AS_THEY_ARE)
    host = parts.netloc.rpartition("@")[2].encode("idna").decode()
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in _HEADERS.items())]
    lines.append(f"Connection: {'keep-alive' if keeps_alive else 'close'}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _read(response: http.client.HTTPResponse) -> Page:
    """Read to the end or one byte past the limit: only a read that finds the end notices that bytes are missing."""
    body = b""
    while len(body) <= BODY_BYTES:
        part = response.read(BODY_BYTES + 1 - len(body))
        if not part:
            break
        body += part
    is_cut = len(body) > BODY_BYTES
    if response.length and not is_cut:
        raise http.client.IncompleteRead(body, response.length)
    return Page(response.status, response.headers.get("Location"), body[:BODY_BYTES], is_cut)


_tls_lock = threading.Lock()


def tls_context() -> ssl.SSLContext:
    """Return the process's one TLS context: building it reads every trusted certificate. Honours SSL_CERT_FILE."""
    with _tls_lock:
        return _tls_context()


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not _has_trusted_certificates():
        # A box without the ca-certificates package.
        context.load_verify_locations(FilePath(certifi.where()))
    return context


def _has_trusted_certificates() -> bool:
    paths = ssl.get_default_verify_paths()
    file = os.environ.get(paths.openssl_cafile_env) or paths.openssl_cafile
    folder = os.environ.get(paths.openssl_capath_env) or paths.openssl_capath
    return FilePath(file).is_file() or any(FilePath(folder).glob("*"))


class _Response(http.client.HTTPResponse):
    """Marks the first byte, and bounds the header: the standard library would take 6 MB of it."""

    def __init__(self, sock: socket.socket, clock: Clock, marks: Marks) -> None:
        super().__init__(sock, method="GET")
        self._clock, self._marks = clock, marks

    @override
    def begin(self) -> None:
        stream: Any = self.fp
        self.fp = _HeaderReader(stream, self._clock, self._marks)  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            self.fp = stream


class _HeaderReader(io.RawIOBase):
    """Hands out lines until the header has had its share."""

    def __init__(self, stream: Any, clock: Clock, marks: Marks) -> None:
        super().__init__()
        self._stream = stream
        self._clock, self._marks = clock, marks
        self._left = HEADER_BYTES

    @override
    def readline(self, size: int | None = -1, /) -> bytes:
        line: bytes = self._stream.readline(self._left + 1)
        if line and self._left == HEADER_BYTES:
            self._marks.first_byte_boot_s = self._clock.boot()
        self._left -= len(line)
        if self._left < 0:
            raise HeaderTooLarge("header over 16 KiB")
        return line
