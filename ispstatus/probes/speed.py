"""How fast an object comes and goes by HTTP(S) through one uplink: LibreSpeed's endpoints, or any large object.

It fills the line for as long as it runs. It blocks, so it runs on a thread of whoever asks, never on the engine's.
"""

import fcntl
import secrets
import socket
import struct
import threading
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ispstatus import __version__
from ispstatus.clock import Clock
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome
from ispstatus.net.sockets import destination, open_tcp
from ispstatus.probes.page import HEADER_BYTES
from ispstatus.probes.tls import tls_context

WARM_UP_S = 1.0
"""The start, in which TCP finds the rate, is left out of a transfer that lasts twice as long."""
MOST_BYTES = 100 * 1024 * 1024
CONNECT_S = 3.0
STALL_S = 5.0

_PART_BYTES = 1 << 16
_OK = 200
_UNACKNOWLEDGED = 0x5411  # SIOCOUTQ


@dataclass(frozen=True, slots=True)
class SpeedSample:
    """What one transfer came to."""

    outcome: Outcome
    bps: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SpeedTest:
    """What is asked for."""

    url: str
    address: str
    """Of the URL's host, found through the uplink."""
    seconds: float
    is_down: bool


def measure_speed(path: Path, test: SpeedTest, clock: Clock, stopping: threading.Event) -> SpeedSample:
    """Fetch the object, or send one to the URL, for ``seconds`` or 100 MiB; return the rate as the receiver had it.

    FAILED when the server does not answer, or with something else than 200; UNMEASURED when this box could not ask or
    ``stopping`` is set meanwhile.
    """
    url = urlsplit(test.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        with open_tcp(path) as sock:
            sock.settimeout(CONNECT_S)
            sock.connect(destination(test.address, port, path))
            sock.settimeout(STALL_S)
            stream = tls_context().wrap_socket(sock, server_hostname=url.hostname) if url.scheme == "https" else sock
            with closing(stream):
                transfer = _Transfer(stream, test.seconds, clock, stopping)
                bps = transfer.fetch(_head(url, "GET")) if test.is_down else transfer.send(_head(url, "POST"))
    except CannotMeasure as error:
        return SpeedSample(Outcome.UNMEASURED, error=str(error))
    except (OSError, ValueError) as error:
        return SpeedSample(Outcome.FAILED, error=str(error) or repr(error))
    if stopping.is_set():
        return SpeedSample(Outcome.UNMEASURED, error="stopped")
    return SpeedSample(Outcome.OK, bps)


def _head(url: SplitResult, method: str) -> bytes:
    target = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {url.netloc.rpartition('@')[2]}"]
    lines += [f"User-Agent: ispstatus/{__version__}", "Accept-Encoding: identity", "Connection: close"]
    if method == "POST":
        lines += ["Content-Type: application/octet-stream", f"Content-Length: {MOST_BYTES}"]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


class _Transfer:
    """One transfer over a connected stream."""

    def __init__(self, stream: socket.socket, seconds: float, clock: Clock, stopping: threading.Event) -> None:
        self._stream = stream
        self._clock = clock
        self._stopping = stopping
        self._begun_boot_s = clock.boot()
        self._until_boot_s = self._begun_boot_s + seconds
        self._warm: tuple[float, int] | None = None

    def fetch(self, head: bytes) -> float | None:
        """Return the rate of the answer's body."""
        self._stream.sendall(head)
        count = len(self._body_after_head())
        self._begin()
        while count < MOST_BYTES and self._goes_on(count):
            part = self._stream.recv(_PART_BYTES)
            if not part:
                break
            count += len(part)
        return self._rate(count)

    def send(self, head: bytes) -> float | None:
        """Return the rate at which the far end acknowledged a body."""
        self._stream.sendall(head)
        noise = secrets.token_bytes(_PART_BYTES)
        count = 0
        self._begin()
        while count < MOST_BYTES and self._goes_on(count - self._unacknowledged()):
            part = noise[: MOST_BYTES - count]
            self._stream.sendall(part)
            count += len(part)
        return self._rate(count - self._unacknowledged())

    # ------------------------------------------------------------ within
    def _begin(self) -> None:
        now = self._clock.boot()
        self._until_boot_s += now - self._begun_boot_s
        self._begun_boot_s = now

    def _goes_on(self, count: int) -> bool:
        now = self._clock.boot()
        if self._warm is None and now - self._begun_boot_s >= WARM_UP_S:
            self._warm = (now, count)
        return now < self._until_boot_s and not self._stopping.is_set()

    def _rate(self, count: int) -> float | None:
        now, begun, before = self._clock.boot(), self._begun_boot_s, 0
        if self._warm is not None and now - begun >= 2 * WARM_UP_S:
            begun, before = self._warm
        return (count - before) * 8 / (now - begun) if count > before and now > begun else None

    def _unacknowledged(self) -> int:
        waiting = fcntl.ioctl(self._stream.fileno(), _UNACKNOWLEDGED, bytes(4))
        return int(struct.unpack("=i", waiting)[0])

    def _body_after_head(self) -> bytes:
        """Read the head of the answer; return what came of the body with it. ValueError for anything but a 200."""
        read = b""
        while b"\r\n\r\n" not in read:
            part = self._stream.recv(4096)
            if not part or len(read) > HEADER_BYTES:
                raise ValueError("the server's answer has no end of its head")
            read += part
        head, _, body = read.partition(b"\r\n\r\n")
        words = head.split(None, 2)
        if len(words) < 2 or not words[1].isdigit() or int(words[1]) != _OK:  # noqa: PLR2004  version and status
            raise ValueError(f"the server answers {head.splitlines()[0][:80].decode('latin-1')!r}")
        return body
