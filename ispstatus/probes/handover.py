"""HTTP over a socket somebody else connected: ``requests`` speaks, the uplink's bound socket carries it.

Name, SNI and certificate check stay on the URL's host. No proxy, no redirect, no cookie, no content coding; a header
over 16 KiB is refused and a body is read up to 64 KiB, whatever the server would like to send.
"""

import http.client
import io
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path as FilePath
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from ispstatus import __version__
from ispstatus.clock import Clock

HEADER_BYTES = 16 * 1024
BODY_BYTES = 64 * 1024

_HEADERS = {
    "User-Agent": f"ispstatus/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
    "Connection": "close",
}


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
        self._adapter = _HandoverAdapter(clock)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

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
        self._adapter.hand(sock, marks)
        with self._session.send(
            _prepared(url), stream=True, timeout=timeout_s, allow_redirects=False, verify=True, proxies={}
        ) as response:
            body = _read(response.raw)
            return Page(
                status=response.status_code,
                location=response.headers.get("Location"),
                body=body[:BODY_BYTES],
                is_cut=len(body) > BODY_BYTES,
            )


def _read(raw: Any) -> bytes:
    """Read to the end or one byte past the limit: only a read that finds the end notices that bytes are missing."""
    body = b""
    while len(body) <= BODY_BYTES:
        part: bytes = raw.read(BODY_BYTES + 1 - len(body), decode_content=False)
        if not part:
            break
        body += part
    return body


@lru_cache(maxsize=128)
def _prepared(url: str) -> requests.PreparedRequest:
    return requests.Request("GET", url, headers=_HEADERS).prepare()


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


class _HandoverAdapter(HTTPAdapter):
    """Lets ``requests`` use the socket it was handed instead of opening one."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)
        self._clock = clock
        self._sock: socket.socket | None = None
        self._marks: Marks | None = None

    def hand(self, sock: socket.socket, marks: Marks) -> None:
        """Use ``sock`` for the next request, and mark its phases."""
        self._sock, self._marks = sock, marks

    @override
    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        host, _ = self.build_connection_pool_key_attributes(request, verify=True)
        handed = {"sock": self._sock, "marks": self._marks, "clock": self._clock}
        self._sock = None
        if host["scheme"] == "https":
            return _HttpsPool(host["host"], host["port"], retries=False, ssl_context=tls_context(), handed=handed)
        return _HttpPool(host["host"], host["port"], retries=False, handed=handed)

    @override
    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave it to our TLS context, which always verifies."""


class _Http(HTTPConnection):
    """A connection that is there already."""

    def __init__(self, host: str, port: int | None = None, *, handed: Mapping[str, Any], **options: Any) -> None:
        super().__init__(host, port, **options)
        self._handed = handed
        self.response_class = partial(_Response, handed)  # type: ignore[assignment]

    @override
    def _new_conn(self) -> socket.socket:
        return _take(self._handed, self.timeout)


class _Https(HTTPSConnection):
    """The same, with TLS on top."""

    def __init__(self, host: str, port: int | None = None, *, handed: Mapping[str, Any], **options: Any) -> None:
        super().__init__(host, port, **options)
        self._handed = handed
        self.response_class = partial(_Response, handed)  # type: ignore[assignment]

    @override
    def _new_conn(self) -> socket.socket:
        return _take(self._handed, self.timeout)

    @override
    def connect(self) -> None:
        super().connect()
        self._handed["marks"].tls_boot_s = self._handed["clock"].boot()


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


def _take(handed: Mapping[str, Any], timeout_s: Any) -> socket.socket:
    sock: socket.socket = handed["sock"]
    sock.settimeout(timeout_s)
    return sock


class _Response(http.client.HTTPResponse):
    """Marks the first byte, and bounds the header: the standard library would take 6 MB of it."""

    def __init__(self, handed: Mapping[str, Any], sock: socket.socket, *rest: Any, **options: Any) -> None:
        super().__init__(sock, *rest, **options)
        self._handed = handed

    @override
    def begin(self) -> None:
        stream: Any = self.fp
        self.fp = _HeaderReader(stream, self._handed)  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            self.fp = stream


class _HeaderReader(io.RawIOBase):
    """Hands out lines until the header has had its share."""

    def __init__(self, stream: Any, handed: Mapping[str, Any]) -> None:
        super().__init__()
        self._stream = stream
        self._handed = handed
        self._left = HEADER_BYTES

    @override
    def readline(self, size: int | None = -1, /) -> bytes:
        line: bytes = self._stream.readline(self._left + 1)
        if line and self._left == HEADER_BYTES:
            self._handed["marks"].first_byte_boot_s = self._handed["clock"].boot()
        self._left -= len(line)
        if self._left < 0:
            raise HeaderTooLarge("header over 16 KiB")
        return line
