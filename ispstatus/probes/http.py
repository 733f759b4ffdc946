"""One HTTP(S) request through one uplink, as a check: who answered, with what, and how long each phase took.

Name, SNI and certificate check stay on the URL's host. No proxy, no redirect, no cookie, no retry.
"""

import secrets
import socket
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from ispstatus.model.net import Path
from ispstatus.model.sample import HttpPhases, HttpSample, Outcome
from ispstatus.model.uplink import HttpTarget
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine, Timer
from ispstatus.probes.exchange import Exchange, Waits
from ispstatus.probes.interception import is_date_error, is_hijacked_name, judge_error, judge_page
from ispstatus.probes.page import Page, request_of
from ispstatus.probes.tcp import TcpSample, connect
from ispstatus.probes.tls import tls_context

_LATE = "the engine was late"
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
    """One request under way: connecting, then talking."""

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
        self._total_timeout_s = 0.0
        self._timer: Timer | None = None
        self._connecting: Handle | None = None
        self._connect_ms: float | None = None
        self._sock: socket.socket | None = None
        self._exchange: Exchange | None = None

    # ------------------------------------------------------------ life
    def start(self, connect_timeout_s: float, total_timeout_s: float) -> None:
        """Connect, unless the address cannot be the target's."""
        self._total_timeout_s = total_timeout_s
        try:
            url = self._url()
            port = url.port or _DEFAULT_PORT[url.scheme]
            request = request_of(url)
            is_hijacked = is_hijacked_name(self._target, self._address)
        except (ValueError, KeyError):
            self._soon(Outcome.UNMEASURED, f"cannot ask {self._address} for {self._target.url}")
            return
        if is_hijacked:
            self._soon(Outcome.INTERCEPTED, f"the name resolves to {self._address}")
            return
        self._timer = self._engine.at(self._started_boot_s + total_timeout_s, self._expire)
        self._connecting = connect(
            self._engine,
            self._path,
            self._address,
            port,
            timeout_s=connect_timeout_s,
            done=lambda sample, sock: self._connected(sample, sock, url, request),
        )

    def cancel(self) -> None:
        """Hear nothing more, and free the socket."""
        if self._timer is not None:
            self._timer.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._exchange is not None:
            self._exchange.cancel()
        if self._sock is not None:
            self._sock.close()

    def _url(self) -> SplitResult:
        url = urlsplit(self._target.url)
        if not self._target.nonce:
            return url
        nonce = f"nonce={secrets.token_hex(8)}"
        return url._replace(query=f"{url.query}&{nonce}" if url.query else nonce)

    # ------------------------------------------------------------ the way
    def _connected(self, sample: TcpSample, sock: socket.socket | None, url: SplitResult, request: bytes) -> None:
        self._connecting = None
        if sock is None:
            self._end(sample.outcome, sample.error)
            return
        self._connect_ms, self._sock = sample.connect_ms, sock
        if url.scheme == "https":
            try:
                self._sock = sock = tls_context().wrap_socket(
                    sock, server_hostname=url.hostname, do_handshake_on_connect=False
                )
            except (OSError, ValueError) as error:
                self._answered(error)
                return
        self._exchange = Exchange(self._engine, sock, request, self._answered)
        self._exchange.start()

    def _answered(self, outcome: Page | Exception) -> None:
        if self._engine.clock.boot() - self._started_boot_s > self._total_timeout_s:
            self._expire()
        elif isinstance(outcome, Page):
            self._end(*judge_page(self._target, outcome), waits=self._waits, status=outcome.status)
        elif self._is_late():
            # A server hangs up on a client that sleeps: that says nothing about the line.
            self._end(Outcome.UNMEASURED, _LATE)
        else:
            self._end(*judge_error(outcome), waits=self._waits, is_date_error=is_date_error(outcome))

    def _expire(self) -> None:
        if self._is_late():
            self._end(Outcome.UNMEASURED, _LATE)
        elif self._sock is None:
            self._end(Outcome.SILENT, "no answer to the connection attempt")
        else:
            self._end(Outcome.FAILED, f"no complete answer in {self._total_timeout_s:g} s")

    def _is_late(self) -> bool:
        return self._engine.is_late(self._started_boot_s, self._engine.clock.boot())

    # ------------------------------------------------------------ the end
    def _soon(self, outcome: Outcome, error: str) -> None:
        self._timer = self._engine.at(0.0, lambda: self._end(outcome, error))

    @property
    def _waits(self) -> Waits | None:
        return None if self._exchange is None else self._exchange.waits

    def _end(
        self,
        outcome: Outcome,
        error: str | None,
        *,
        waits: Waits | None = None,
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
                phases=self._phases(waits),
                error=error,
                is_date_only_tls_error=is_date_error,
            )
        )

    def _phases(self, waits: Waits | None) -> HttpPhases:
        if waits is None:
            return HttpPhases(dns_ms=self._dns_ms, connect_ms=self._connect_ms)
        return HttpPhases(
            dns_ms=self._dns_ms,
            connect_ms=self._connect_ms,
            tls_ms=waits.handshake_ms,
            first_byte_ms=waits.answer_ms,
            total_ms=(self._dns_ms or 0.0) + (self._engine.clock.boot() - self._started_boot_s) * 1000.0,
        )
