"""One HTTP(S) request through one uplink: the engine connects, a worker speaks, the engine keeps the time."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from ispstatus.model.net import Path
from ispstatus.model.sample import HttpPhases, HttpSample, Outcome
from ispstatus.model.uplink import HttpTarget
from ispstatus.net.sockets import local_words
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.handover import Fetcher, Marks, Page
from ispstatus.probes.interception import is_date_error, is_hijacked_name, judge_error, judge_page
from ispstatus.probes.tcp import TcpSample, connect
from ispstatus.probes.workers import Job, Workers

WORKER_WAIT_S = 1.0

_GRACE_S = 0.5
_LATE = "the engine was late"
_NO_WORKER = "no HTTP worker was free"
_DEFAULT_PORT = {"http": 80, "https": 443}


def probe_http(
    engine: Engine,
    path: Path,
    target: HttpTarget,
    address: str,
    *,
    dns_ms: float | None = None,
    connect_timeout_s: float = 1.5,
    total_timeout_s: float = 4.0,
    done: Callable[[HttpSample], None],
) -> Handle:
    """GET ``target.url`` from ``address`` and tell ``done`` what came of it.

    OK: expected status and body; INTERCEPTED: somebody else answered; FAILED: any other answer, or none after the
    connection stood; SILENT: no connection; UNMEASURED: this box could not, or was late. ``total_timeout_s`` counts
    from now, ``dns_ms`` is added to the total it reports.
    """
    check = _Check(engine, path, target, address, dns_ms, done)
    check.start(connect_timeout_s, total_timeout_s)
    return check


class _Check:
    """One request under way: connecting, waiting for a worker, in a worker's hands."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        target: HttpTarget,
        address: str,
        dns_ms: float | None,
        done: Callable[[HttpSample], None],
    ) -> None:
        self._engine = engine
        self._path = path
        self._target = target
        self._address = address
        self._dns_ms = dns_ms
        self._done = done
        self._started_boot_s = engine.clock.boot()
        self._timers: list[Timer] = []
        self._connecting: Handle | None = None
        self._connect_ms: float | None = None
        self._sock: socket.socket | None = None
        self._copy: socket.socket | None = None
        self._job: Job | None = None
        self._total_timeout_s = 0.0
        self._is_over = False
        self._page: Page | Exception | None = None
        self._marks: Marks | None = None

    # ------------------------------------------------------------ life
    def start(self, connect_timeout_s: float, total_timeout_s: float) -> None:
        """Connect, unless the address cannot be the target's."""
        self._total_timeout_s = total_timeout_s
        try:
            url = urlsplit(self._target.url)
            port = url.port or _DEFAULT_PORT[url.scheme]
            is_hijacked = is_hijacked_name(self._target, self._address)
        except (ValueError, KeyError):
            self._soon(Outcome.UNMEASURED, f"cannot ask {self._address} for {self._target.url}")
            return
        if is_hijacked:
            self._soon(Outcome.INTERCEPTED, f"the name resolves to {self._address}")
            return
        deadline = self._engine.at(self._started_boot_s + total_timeout_s, self._expire)
        self._timers.append(deadline)
        self._connecting = connect(
            self._engine, self._path, self._address, port, timeout_s=connect_timeout_s, done=self._connected
        )

    def cancel(self) -> None:
        """Hear nothing more, and free socket and worker at once."""
        self._is_over = True
        for timer in self._timers:
            timer.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._job is not None and self._job.claim() and self._copy is not None:
            self._copy.close()
        sock, self._sock = self._sock, None
        if sock is not None:
            # The worker has its own copy: shutting the connection down wakes it wherever it waits.
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    # ------------------------------------------------------------ the way
    def _connected(self, sample: TcpSample, sock: socket.socket | None) -> None:
        self._connecting = None
        if sock is None:
            self._end(sample.outcome, sample.error)
            return
        self._connect_ms, self._sock = sample.connect_ms, sock
        try:
            self._copy = sock.dup()
        except OSError as error:
            self._end(Outcome.UNMEASURED, local_words(error))
            return
        self._job = Job(self._path.uplink_id, self._fetch, self._fetched, self.cancel)
        self._timers.append(self._engine.at(self._engine.clock.boot() + WORKER_WAIT_S, self._give_up_waiting))
        self._engine.part(Workers).submit(self._job)

    def _fetch(self, fetcher: Fetcher) -> None:
        """Runs on a worker thread."""
        if self._copy is not None:
            timeout_s = self._total_timeout_s + _GRACE_S
            self._page, self._marks = fetcher.fetch(self._url(), self._copy, timeout_s=timeout_s)

    def _url(self) -> str:
        url = self._target.url
        if not self._target.nonce:
            return url
        return f"{url}{'&' if urlsplit(url).query else '?'}nonce={secrets.token_hex(8)}"

    def _fetched(self) -> None:
        if self._is_over:
            return
        page = self._page
        if page is None:
            self._end(Outcome.UNMEASURED, "the HTTP worker failed")
        elif isinstance(page, Page):
            self._end(*judge_page(self._target, page), marks=self._marks, status=page.status)
        elif self._is_late():
            # A server hangs up on a client that sleeps: that says nothing about the line.
            self._end(Outcome.UNMEASURED, _LATE)
        else:
            self._end(*judge_error(page), marks=self._marks, is_date_error=is_date_error(page))

    def _give_up_waiting(self) -> None:
        if self._job is not None and not self._job.is_claimed:
            self._end(Outcome.UNMEASURED, _LATE if self._is_late() else _NO_WORKER)

    def _expire(self) -> None:
        if self._is_late():
            self._end(Outcome.UNMEASURED, _LATE)
        elif self._job is None:
            self._end(Outcome.SILENT, "no answer to the connection attempt")
        elif not self._job.is_claimed:
            self._end(Outcome.UNMEASURED, _NO_WORKER)
        else:
            self._end(Outcome.FAILED, f"no complete answer in {self._total_timeout_s:g} s")

    def _is_late(self) -> bool:
        return self._engine.is_late(self._started_boot_s, self._engine.clock.boot())

    # ------------------------------------------------------------ the end
    def _soon(self, outcome: Outcome, error: str) -> None:
        self._timers.append(self._engine.at(0.0, lambda: self._end(outcome, error)))

    def _end(
        self,
        outcome: Outcome,
        error: str | None,
        *,
        marks: Marks | None = None,
        status: int | None = None,
        is_date_error: bool = False,
    ) -> None:
        self.cancel()
        self._done(
            HttpSample(
                url=self._target.url,
                network=self._target.network,
                outcome=outcome,
                status=status,
                address=self._address,
                phases=self._phases(marks),
                error=error,
                is_date_only_tls_error=is_date_error,
            )
        )

    def _phases(self, marks: Marks | None) -> HttpPhases:
        if marks is None or marks.ended_boot_s is None:
            return HttpPhases(dns_ms=self._dns_ms, connect_ms=self._connect_ms)
        asked_boot_s = marks.tls_boot_s or marks.begun_boot_s
        return HttpPhases(
            dns_ms=self._dns_ms,
            connect_ms=self._connect_ms,
            tls_ms=_ms(marks.begun_boot_s, marks.tls_boot_s),
            first_byte_ms=_ms(asked_boot_s, marks.first_byte_boot_s),
            total_ms=(self._dns_ms or 0.0) + (marks.ended_boot_s - self._started_boot_s) * 1000.0,
        )


def _ms(from_boot_s: float, to_boot_s: float | None) -> float | None:
    return None if to_boot_s is None else (to_boot_s - from_boot_s) * 1000.0
