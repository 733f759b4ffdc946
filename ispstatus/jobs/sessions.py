"""One way to ask for every protocol: a session that is opened for a task, probed again and again, and closed."""

from collections.abc import Callable
from functools import partial
from typing import Protocol as Interface

from ispstatus.jobs.tasks import Task
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample, RoundTrip
from ispstatus.model.series import Protocol
from ispstatus.probes.contract import Handle
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine
from ispstatus.probes.stamp import StampSession
from ispstatus.probes.tcp import TcpSample, probe_tcp
from ispstatus.probes.udp import UdpSession
from ispstatus.probes.warm import ResumedHttps, WarmHttp

Heard = Callable[[RoundTrip], None]


class Asking(Interface):
    """What a sampler needs of a session. Engine thread only."""

    def probe(self, *, timeout_s: float, done: Heard) -> Handle:
        """Ask once."""

    def close(self) -> None:
        """Hear nothing more, and free what it holds."""


def open_session(engine: Engine, path: Path, task: Task) -> Asking:
    """Return a session for a task."""
    match task.protocol:
        case Protocol.ICMP:
            return _OneShots(partial(_echo, engine, path, task.address))
        case Protocol.TCP:
            return _OneShots(partial(_connect, engine, path, task.address, task.port))
        case Protocol.UDP:
            return UdpSession(engine, path, task.address, task.port)
        case Protocol.TWAMP:
            return StampSession(engine, path, task.address, task.port)
        case Protocol.HTTP:
            return WarmHttp(engine, path, task.address, task.url, status=task.status)
        case Protocol.HTTPS:
            return ResumedHttps(engine, path, task.address, task.url, status=task.status, is_verified=task.is_verified)


class _OneShots:
    """Probes that keep nothing between two: only what is under way must end with the session."""

    def __init__(self, launch: Callable[[float, Heard], Handle]) -> None:
        """``launch`` starts one probe with a timeout in seconds."""
        self._launch = launch
        self._open: dict[int, Handle] = {}
        self._serial = 0

    def probe(self, *, timeout_s: float, done: Heard) -> Handle:
        """Ask once."""
        self._serial += 1
        serial = self._serial

        def ended(sample: RoundTrip) -> None:
            self._open.pop(serial, None)
            done(sample)

        handle = self._open[serial] = self._launch(timeout_s, ended)
        return handle

    def close(self) -> None:
        """Hear nothing more."""
        for handle in self._open.values():
            handle.cancel()
        self._open.clear()


def _echo(engine: Engine, path: Path, address: str, timeout_s: float, done: Heard) -> Handle:
    def hear(sample: EchoSample) -> None:
        done(RoundTrip(sample.outcome, sample.sent_boot_s, sample.rtt_ms, sample.error))

    return probe_echo(engine, path, address, timeout_s=timeout_s, done=hear)


def _connect(engine: Engine, path: Path, address: str, port: int, timeout_s: float, done: Heard) -> Handle:
    sent_boot_s = engine.clock.boot()

    def hear(sample: TcpSample) -> None:
        done(RoundTrip(sample.outcome, sent_boot_s, sample.connect_ms, sample.error))

    return probe_tcp(engine, path, address, port, timeout_s=timeout_s, done=hear)
