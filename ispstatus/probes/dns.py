"""One question to one resolver over UDP, through one uplink."""

import errno
import os
import socket
from collections.abc import Callable

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path
from ispstatus.model.sample import DnsSample, Outcome
from ispstatus.model.uplink import Family, ResolveTarget
from ispstatus.net.dns import DnsAnswer, ask, read_answer
from ispstatus.net.sockets import destination, local_words, open_udp
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.packets import received_boot_s

_REPLY_BYTES = 4096
_ANCILLARY_BYTES = 64
_MOST_PER_TURN = 64
_WORDS = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
}


def probe_dns(
    engine: Engine,
    path: Path,
    resolver: str,
    target: ResolveTarget,
    *,
    timeout_s: float,
    is_provider: bool,
    done: Callable[[DnsSample], None],
    port: int = 53,
) -> Handle:
    """Ask ``resolver`` for the addresses of ``target`` in the path's family and tell ``done`` what it said.

    OK: NOERROR with an address; INTERCEPTED: an address that ``target.expect`` does not name; FAILED: any other
    answer, or an ICMP error; SILENT; UNMEASURED when this box did not ask or the engine was late.
    """
    question = _Question(engine, path, resolver, target, is_provider, done)
    try:
        question.send(port, timeout_s)
    except (CannotMeasure, ValueError) as error:
        question.cancel()
        sample = DnsSample(resolver, target.name, Outcome.UNMEASURED, is_provider, error=str(error))
        return engine.at(0.0, lambda: done(sample))
    return question


class _Question:
    """One question under way."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        resolver: str,
        target: ResolveTarget,
        is_provider: bool,  # noqa: FBT001  private
        done: Callable[[DnsSample], None],
    ) -> None:
        self._engine = engine
        self._path = path
        self._resolver = resolver
        self._target = target
        self._is_provider = is_provider
        self._done = done
        self._sock: socket.socket | None = None
        self._timer: Timer | None = None
        self._query = b""
        self._sent_boot_s = 0.0
        self._came_boot_s: float | None = None
        self._timeout_s = 0.0

    def send(self, port: int, timeout_s: float) -> None:
        """Ask. ValueError for a name that is none, CannotMeasure when this box would not send."""
        self._query = ask(self._target.name, self._path.family)
        address = destination(self._resolver, port, self._path)
        sock = self._sock = open_udp(self._path)
        self._timeout_s = timeout_s
        self._sent_boot_s = self._engine.clock.boot()
        try:
            # Connected: only this resolver's answers arrive, and its ICMP errors.
            sock.connect(address)
            sock.send(self._query)
        except OSError as error:
            raise CannotMeasure(f"{self._path.device}: {local_words(error)}") from error
        self._engine.watch(sock, on_readable=self._read)
        self._timer = self._engine.at(self._sent_boot_s + timeout_s, self._expire)

    def cancel(self) -> None:
        """Hear nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        sock, self._sock = self._sock, None
        if sock is not None:
            self._engine.unwatch(sock)
            sock.close()

    def _read(self) -> None:
        if self._engine.clock.boot() - self._sent_boot_s > self._timeout_s:
            self._expire()
            return
        assert self._sock is not None  # noqa: S101  watched while it is open
        for _ in range(_MOST_PER_TURN):
            try:
                reply, ancillary, _, _ = self._sock.recvmsg(_REPLY_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._end(Outcome.FAILED, error=_WORDS.get(error.errno or 0) or os.strerror(error.errno or 0))
                return
            answer = read_answer(self._query, reply)
            if answer is not None:
                self._came_boot_s = received_boot_s(ancillary, self._engine.clock)
                self._judge(answer)
                return

    def _judge(self, answer: DnsAnswer) -> None:
        if answer.addresses:
            expected = _of_family(self._target.expect, self._path.family)
            if expected and not expected.issuperset(answer.addresses):
                self._end(Outcome.INTERCEPTED, answer.addresses, error="not the expected address")
            else:
                self._end(Outcome.OK, answer.addresses)
        elif answer.rcode != "NOERROR":
            self._end(Outcome.FAILED, error=answer.rcode)
        else:
            self._end(Outcome.FAILED, error="truncated answer" if answer.is_truncated else "no address in the answer")

    def _expire(self) -> None:
        if self._engine.is_late(self._sent_boot_s, self._engine.clock.boot()):
            self._end(Outcome.UNMEASURED, error="the engine was late")
        else:
            self._end(Outcome.SILENT)

    def _end(self, outcome: Outcome, addresses: tuple[str, ...] = (), *, error: str | None = None) -> None:
        self.cancel()
        is_answer = outcome not in (Outcome.SILENT, Outcome.UNMEASURED)
        came_boot_s = self._engine.clock.boot() if self._came_boot_s is None else self._came_boot_s
        elapsed_ms = max(0.0, came_boot_s - self._sent_boot_s) * 1000.0
        self._done(
            DnsSample(
                resolver=self._resolver,
                name=self._target.name,
                outcome=outcome,
                is_provider=self._is_provider,
                addresses=addresses,
                ms=elapsed_ms if is_answer else None,
                error=error,
            )
        )


def _of_family(addresses: tuple[str, ...], family: Family) -> frozenset[str]:
    return frozenset(address for address in addresses if (6 if ":" in address else 4) == family)
