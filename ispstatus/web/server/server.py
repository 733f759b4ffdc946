"""The loop that serves HTTP, and its life: ports that are busy are tried again, clients that are slow let go."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher
from waitress.trigger import trigger

from ispstatus.clock import Clock
from ispstatus.model.settings import Network
from ispstatus.web.server.channel import Channel, Patience
from ispstatus.web.server.listener import IN_ALL, Listener, name_of, open_socket

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 8
RETRY_S = 5.0
_TURN_S = 1
_SWEEP_S = 0.5
_FINISH_S = 3.0

_log = logging.getLogger(__name__)


class WebServer:
    """Serves one WSGI application on several addresses, from ``start`` to ``stop``, on a thread of its own."""

    def __init__(
        self,
        app: "WSGIApplication",
        listen: Sequence[str],
        clock: Clock,
        *,
        trusted_proxies: Sequence[Network] = (),
        on_ready: Callable[[Sequence[str]], None] | None = None,
        patience: Patience | None = None,
        retry_s: float = RETRY_S,
    ) -> None:
        """``listen`` holds "HOST:PORT" or "[HOST]:PORT".

        ``on_ready`` is told all addresses that answer whenever one more begins to.

        ``trusted_proxies`` may have any number of connections; everybody else ``listener.PER_PEER``.
        """
        logging.getLogger("waitress").setLevel(logging.WARNING)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it speaks once per queued request
        self._app = app
        self._clock = clock
        self._proxies = tuple(trusted_proxies)
        self._on_ready = on_ready
        self._patience = patience or Patience()
        self._retry_s = retry_s
        self._wanted: dict[str, str | None] = dict.fromkeys(listen)
        """Addresses that do not answer yet, and why not."""
        self._map: dict[int, Any] = {}
        self._wake: Any = None
        self._adjustments = _adjustments()
        self._dispatcher = ThreadedTaskDispatcher()
        self._listeners: list[Listener] = []
        self._addresses: tuple[str, ...] = ()
        self._beat_boot_s: float | None = None
        self._swept_boot_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    # ------------------------------------------------------------ from any thread
    def start(self) -> None:
        """Begin to serve; a port that cannot be had is tried again for ever and stops nothing else."""
        self._wake = trigger(self._map)
        self._thread.start()

    def serve(self, app: "WSGIApplication", trusted_proxies: Sequence[Network]) -> None:
        """Answer with another application from the next request on; requests in hand end with the one before."""
        self._app, self._proxies = app, tuple(trusted_proxies)

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Take no more connections, let running requests end (at most 3 s), close; return whether the loop ended."""
        if not self._thread.is_alive():
            return True
        # Set on the loop's own thread: set here, the loop could have ended, its waker closed, before that is pulled.
        self._wake.pull_trigger(self._stopping.set)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where we answer, with the port the kernel gave for port 0."""
        return self._addresses

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._channels())

    @property
    def beat_boot_s(self) -> float | None:
        """When the loop last turned; None before ``start``."""
        return self._beat_boot_s

    # ------------------------------------------------------------ the thread
    def _run(self) -> None:
        self._dispatcher.set_thread_count(THREADS)
        tried_boot_s: float | None = None
        while not self._stopping.is_set():
            now = self._beat_boot_s = self._clock.boot()
            if self._wanted and (tried_boot_s is None or now - tried_boot_s >= self._retry_s):
                tried_boot_s = now
                self._listen()
            self._sweep(now)
            self._turn(_TURN_S)
        self._finish()

    def _turn(self, timeout_s: float) -> None:
        try:
            wasyncore.poll2(timeout_s, self._map)
        except OSError:
            _log.exception("the HTTP loop stumbled")

    def _listen(self) -> None:
        before = len(self._listeners)
        for address, known_problem in list(self._wanted.items()):
            try:
                self._answer_on(address)
            except OSError as error:
                problem = error.strerror or str(error)
                if problem != known_problem:
                    _log.warning(
                        "cannot listen on %s: %s; it is tried again every %g s, probing goes on",
                        address, problem, self._retry_s,
                    )  # fmt: skip
                self._wanted[address] = problem
            else:
                del self._wanted[address]
        if self._on_ready is not None and len(self._listeners) > before:
            self._on_ready(self._addresses)

    def _answer_on(self, address: str) -> None:
        sock = open_socket(address)
        parts = {
            "application": self._answer,
            "map": self._map,
            "dispatcher": self._dispatcher,
            "adj": self._adjustments,
        }
        try:
            listener = Listener(sock, clock=self._clock, is_proxy=self._is_proxy, parts=parts)
        except OSError:
            sock.close()
            raise
        self._listeners.append(listener)
        name = name_of(sock)
        self._addresses = (*self._addresses, name)
        _log.info("listening on %s", name)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        return self._app(environ, start_response)

    def _sweep(self, now: float) -> None:
        """Let go of clients that have had their time."""
        if now - self._swept_boot_s < _SWEEP_S:
            return
        self._swept_boot_s = now
        for channel in self._channels():
            if channel.is_overdue(self._patience):
                channel.handle_close()

    def _channels(self) -> list[Channel]:
        return [channel for channel in list(self._map.values()) if isinstance(channel, Channel)]

    def _is_proxy(self, peer: str) -> bool:
        address = ip_address(peer)
        return any(address in network for network in self._proxies)

    def _finish(self) -> None:
        for listener in self._listeners:
            listener.close()
        until = self._clock.boot() + _FINISH_S
        while any(channel.is_serving for channel in self._channels()) and self._clock.boot() < until:
            self._turn(0.1)
        self._dispatcher.shutdown(timeout=0.5)
        wasyncore.close_all(self._map, ignore_all=True)


def _adjustments() -> Adjustments:
    return Adjustments(
        threads=THREADS,
        ident="ispstatus",
        clear_untrusted_proxy_headers=False,  # the guard wants to see forged ones
        connection_limit=4 * IN_ALL,  # ours is stricter and makes room
        max_request_header_size=16 * 1024,
        max_request_body_size=64 * 1024,
        inbuf_overflow=64 * 1024,
        outbuf_high_watermark=512 * 1024,
        log_socket_errors=False,
        asyncore_use_poll=True,
    )
