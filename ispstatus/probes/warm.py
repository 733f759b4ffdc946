"""Web requests to a far end of our own whose preparation is not counted.

*http*: one request on a connection that is kept; connecting again when it was closed takes its time beside the figure.
*https*: a new connection, whose time is not counted, then a TLS session resumed from the one before and one request:
one round trip more than http. Waiting for the far end is counted, this box's own cryptography is not. A certificate is
checked only where the target is to be verified: a reflector signs its own, and nothing secret is said.
"""

import socket
import ssl
from functools import lru_cache
from urllib.parse import urlsplit

from typing_extensions import override

from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.probes.contract import Handle
from ispstatus.probes.engine import Engine
from ispstatus.probes.exchange import Exchange, Waits
from ispstatus.probes.interception import judge_error
from ispstatus.probes.page import Page, request_of
from ispstatus.probes.session import Heard
from ispstatus.probes.tcp import TcpSample, connect
from ispstatus.probes.tls import tls_context

_LATE = "the engine was late"
_DEFAULT_PORT = {"http": 80, "https": 443}
_SUCCESS = range(200, 300)


class WebSession:
    """Requests for one URL. Engine thread only."""

    def __init__(self, engine: Engine, path: Path, address: str, url: str, *, status: int | None = None) -> None:
        """``address`` is connected to, whatever the URL's host resolves to. ``status`` None: any 2xx is an answer."""
        self.engine = engine
        self._path, self._address = path, address
        self.parts = urlsplit(url)
        self._port = self.parts.port or _DEFAULT_PORT[self.parts.scheme]
        self._status = status
        self.under_way: set[Request] = set()

    def probe(self, *, timeout_s: float, done: Heard) -> Handle:
        """Ask once and tell ``done`` how long the answer's first byte took.

        OK; SILENT: no connection, or no answer in time; FAILED: refused, broken off, another status; UNMEASURED: this
        box could not, or was late. ``timeout_s`` bounds all of it, what is not counted included.
        """
        request = Request(self, timeout_s, done)
        self.under_way.add(request)
        request.start()
        return request

    def close(self) -> None:
        """Hear nothing more, and free every socket."""
        for request in list(self.under_way):
            request.cancel()

    def is_expected(self, status: int) -> bool:
        """Whether a status is that of the far end."""
        return status in _SUCCESS if self._status is None else status == self._status

    def connect(self, request: "Request", timeout_s: float) -> Handle:
        """Connect for a request."""
        return connect(self.engine, self._path, self._address, self._port, timeout_s=timeout_s, done=request.connected)

    # ------------------------------------------------------------ what a kind does in its own way
    def take_kept(self) -> socket.socket | None:
        """Hand over a connection that can carry a request at once, if there is one."""
        return None

    def prepare(self, sock: socket.socket) -> socket.socket:
        """Return what the request is to be sent over a new connection with. OSError when it cannot be."""
        return sock

    @property
    def is_counted(self) -> bool:
        """Whether the answer that just came measures what this kind promises."""
        return True

    def put_back(self, sock: socket.socket, *, is_reusable: bool) -> None:
        """Take a socket back after a whole answer."""
        raise NotImplementedError


class Request:
    """One request under way: connecting perhaps, then asking."""

    def __init__(self, session: WebSession, timeout_s: float, done: Heard) -> None:
        self._session, self._engine = session, session.engine
        self._timeout_s, self._done = timeout_s, done
        self._began_boot_s = self._asked_boot_s = self._engine.clock.boot()
        self._deadline = self._engine.at(self._began_boot_s + timeout_s, self._expire)
        self._connecting: Handle | None = None
        self._exchange: Exchange | None = None
        self._sock: socket.socket | None = None
        self._is_over = False

    def start(self) -> None:
        """Begin in the next turn: ``done`` is never called before the probe has returned."""
        self._connecting = self._engine.at(0.0, self._begin)

    def _begin(self) -> None:
        """Ask over the kept connection, else connect."""
        kept = self._session.take_kept()
        if kept is None:
            self._connecting = self._session.connect(self, self._timeout_s)
        else:
            self._ask(kept, is_kept=True)

    def cancel(self) -> None:
        """Hear nothing more, and close the connection."""
        sock = self._release()
        if sock is not None:
            sock.close()

    def connected(self, sample: TcpSample, sock: socket.socket | None) -> None:
        """Go on with a connection, or end without one."""
        self._connecting = None
        if sock is None:
            self._end(sample.outcome, sample.error)
            return
        self._sock = sock
        try:
            prepared = self._session.prepare(sock)
        except (OSError, ValueError) as error:
            self._end(Outcome.UNMEASURED, str(error))
            return
        self._ask(prepared, is_kept=False)

    def _ask(self, sock: socket.socket, *, is_kept: bool) -> None:
        self._connecting, self._sock = None, sock
        self._asked_boot_s = self._engine.clock.boot()
        request = request_of(self._session.parts, keeps_alive=self._session.parts.scheme == "http")
        exchange = Exchange(
            self._engine,
            sock,
            request,
            lambda outcome: self._answered(outcome, exchange.waits, is_kept=is_kept),
            wants_body=False,
        )
        self._exchange = exchange
        exchange.start()

    def _answered(self, outcome: Page | Exception, waits: Waits, *, is_kept: bool) -> None:
        if self._is_over:
            return
        if isinstance(outcome, Page):
            self._judge(outcome, waits)
        elif is_kept and waits.first_byte_boot_s is None:
            self._ask_anew()  # the far end had closed what we kept: that says nothing of the line
        elif self._is_late():
            self._end(Outcome.UNMEASURED, _LATE)
        else:
            self._end(Outcome.FAILED, judge_error(outcome)[1])

    def _ask_anew(self) -> None:
        if self._sock is not None:
            self._sock.close()
        self._sock = self._exchange = None
        left_s = self._timeout_s - (self._engine.clock.boot() - self._began_boot_s)
        self._connecting = self._session.connect(self, max(0.0, left_s))

    def _judge(self, answer: Page, waits: Waits) -> None:
        sock = self._release()
        assert sock is not None  # noqa: S101  an answer came over it
        is_counted = self._session.is_counted
        self._session.put_back(sock, is_reusable=answer.is_reusable)
        if not self._session.is_expected(answer.status):
            self._tell(Outcome.FAILED, f"status {answer.status}")
        elif not is_counted:
            self._tell(Outcome.UNMEASURED, "there was no TLS session to resume yet")
        elif (waits.first_byte_boot_s or 0.0) - self._began_boot_s > self._timeout_s:
            self._tell(Outcome.UNMEASURED, _LATE)
        else:
            self._tell(Outcome.OK, rtt_ms=waits.total_ms)

    def _expire(self) -> None:
        if self._is_late():
            self._end(Outcome.UNMEASURED, _LATE)
        else:
            self._end(Outcome.SILENT, None)

    def _is_late(self) -> bool:
        return self._engine.is_late(self._began_boot_s, self._engine.clock.boot())

    def _end(self, outcome: Outcome, error: str | None) -> None:
        self.cancel()
        self._tell(outcome, error)

    def _tell(self, outcome: Outcome, error: str | None = None, *, rtt_ms: float | None = None) -> None:
        self._done(RoundTrip(outcome, self._asked_boot_s, rtt_ms, error))

    def _release(self) -> socket.socket | None:
        """End everything but the connection."""
        self._is_over = True
        self._session.under_way.discard(self)
        self._deadline.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._exchange is not None:
            self._exchange.cancel()
        sock, self._sock = self._sock, None
        return sock


class WarmHttp(WebSession):
    """Requests on a kept connection."""

    _kept: socket.socket | None = None

    @override
    def take_kept(self) -> socket.socket | None:
        """Hand over the kept connection."""
        kept, self._kept = self._kept, None
        if kept is not None:
            self.engine.unwatch(kept)
        return kept

    @override
    def put_back(self, sock: socket.socket, *, is_reusable: bool) -> None:
        """Keep the connection for the next request."""
        if not is_reusable or self._kept is not None:
            sock.close()
            return
        self._kept = sock
        self.engine.watch(sock, on_readable=self._drop)  # it was closed, or says what nobody asked

    @override
    def close(self) -> None:
        """Hear nothing more, and free every socket."""
        super().close()
        self._drop()

    def _drop(self) -> None:
        kept = self.take_kept()
        if kept is not None:
            kept.close()


class ResumedHttps(WebSession):
    """A TLS session resumed and one request, each time on a new connection."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        address: str,
        url: str,
        *,
        status: int | None = None,
        is_verified: bool = True,
    ) -> None:
        """``is_verified``: whether the far end must show a certificate for the URL's host."""
        super().__init__(engine, path, address, url, status=status)
        self._context = tls_context() if is_verified else _trusting_context()
        self._session: ssl.SSLSession | None = None
        self._was_offered = False

    @override
    def prepare(self, sock: socket.socket) -> socket.socket:
        """Put TLS around a new connection, with the session to resume."""
        self._was_offered = self._session is not None
        return self._context.wrap_socket(
            sock, server_hostname=self.parts.hostname, do_handshake_on_connect=False, session=self._session
        )

    @property
    @override
    def is_counted(self) -> bool:
        """The first session has nothing to resume; a far end that refuses to resume costs what it costs."""
        return self._was_offered

    @override
    def put_back(self, sock: socket.socket, *, is_reusable: bool) -> None:
        """Remember the session."""
        if isinstance(sock, ssl.SSLSocket):
            self._session = sock.session
        sock.close()


@lru_cache(maxsize=1)
def _trusting_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
