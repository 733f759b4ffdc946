"""One TCP connection through one uplink: a probe of its own, and the first step of HTTP."""

import errno
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome
from ispstatus.net.sockets import destination, local_words, open_tcp
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer

_SAID_BY_THE_NETWORK = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.ECONNABORTED: "connection aborted",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
    errno.ETIMEDOUT: "connection timed out",
    errno.EPROTO: "protocol error",
}
_INFO = struct.Struct("=68xI28xI")
"""Of struct tcp_info (linux/tcp.h): tcpi_rtt in microseconds, tcpi_total_retrans."""


@dataclass(frozen=True, slots=True)
class TcpSample:
    """One connection attempt."""

    address: str
    port: int
    outcome: Outcome
    connect_ms: float | None = None
    """From SYN to its answer, None unless OK."""
    error: str | None = None


Connected = Callable[[TcpSample, socket.socket | None], None]


def probe_tcp(
    engine: Engine, path: Path, address: str, port: int, *, timeout_s: float, done: Callable[[TcpSample], None]
) -> Handle:
    """Connect to ``address``, close again and tell ``done``.

    OK; FAILED when refused, reset or unreachable; SILENT; UNMEASURED when this box did not send or was late.
    """

    def close(sample: TcpSample, sock: socket.socket | None) -> None:
        if sock is not None:
            sock.close()
        done(sample)

    return connect(engine, path, address, port, timeout_s=timeout_s, done=close)


def connect(engine: Engine, path: Path, address: str, port: int, *, timeout_s: float, done: Connected) -> Handle:
    """Connect to ``address`` and hand ``done`` the sample and, if OK, the connected non-blocking socket: it owns it."""
    attempt = _Attempt(engine, address, port, done)
    try:
        attempt.start(path, timeout_s)
    except CannotMeasure as error:
        sample = TcpSample(address, port, Outcome.UNMEASURED, error=str(error))
        return engine.at(0.0, lambda: done(sample, None))
    return attempt


class _Attempt:
    """One connection under way."""

    def __init__(self, engine: Engine, address: str, port: int, done: Connected) -> None:
        self._engine = engine
        self._address = address
        self._port = port
        self._done = done
        self._sock: socket.socket | None = None
        self._timer: Timer | None = None
        self._sent_boot_s = 0.0
        self._timeout_s = 0.0

    def start(self, path: Path, timeout_s: float) -> None:
        """Send the SYN; CannotMeasure when this box would not."""
        target = destination(self._address, self._port, path)
        sock = open_tcp(path)
        self._timeout_s = timeout_s
        self._sent_boot_s = self._engine.clock.boot()
        code = sock.connect_ex(target)
        # On the spot only loopback can refuse; any other error then is this box's own.
        if code not in (0, errno.EINPROGRESS, errno.ECONNREFUSED):
            sock.close()
            raise CannotMeasure(f"{path.device}: {local_words(OSError(code, ''))}")
        self._sock = sock
        if code == errno.ECONNREFUSED:
            self._timer = self._engine.at(0.0, lambda: self._end(Outcome.FAILED, _SAID_BY_THE_NETWORK[code]))
            return
        self._engine.watch(sock, on_writable=self._writable)
        self._timer = self._engine.at(self._sent_boot_s + timeout_s, self._expire)

    def cancel(self) -> None:
        """Hear nothing more."""
        sock = self._release()
        if sock is not None:
            sock.close()

    def _release(self) -> socket.socket | None:
        if self._timer is not None:
            self._timer.cancel()
        sock, self._sock = self._sock, None
        if sock is not None:
            self._engine.unwatch(sock)
        return sock

    def _writable(self) -> None:
        assert self._sock is not None  # noqa: S101  watched while it is open
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        elapsed_s = self._engine.clock.boot() - self._sent_boot_s
        if elapsed_s > self._timeout_s:
            self._expire()
        elif code == 0:
            connect_ms = _connect_ms(self._sock, elapsed_s * 1000.0)
            self._done(TcpSample(self._address, self._port, Outcome.OK, connect_ms), self._release())
        elif code in _SAID_BY_THE_NETWORK:
            self._end(Outcome.FAILED, _SAID_BY_THE_NETWORK[code])
        else:
            self._end(Outcome.UNMEASURED, os.strerror(code))

    def _expire(self) -> None:
        if self._engine.is_late(self._sent_boot_s, self._engine.clock.boot()):
            self._end(Outcome.UNMEASURED, "the engine was late")
        else:
            self._end(Outcome.SILENT, "no answer to the connection attempt")

    def _end(self, outcome: Outcome, error: str) -> None:
        self.cancel()
        self._done(TcpSample(self._address, self._port, outcome, error=error), None)


def _connect_ms(sock: socket.socket, seen_ms: float) -> float:
    """Return what the kernel timed, whom nobody kept waiting; what we saw when the SYN had to be repeated."""
    rtt_us, retransmissions = _INFO.unpack(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size))
    return rtt_us / 1000.0 if 0 < rtt_us <= seen_ms * 1000.0 and not retransmissions else seen_ms
