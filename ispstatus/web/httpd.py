"""The HTTP server: waitress on every configured address, with a channel that no slow client can hold for ever."""

import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import create_server

from ispstatus.clock import Clock
from ispstatus.model.settings import Network

THREADS = 8
MOST_PER_PEER = 32
REQUEST_WITHIN_S = 10.0
"""A request's head and body must be complete within this, however steadily they drip."""
IDLE_S = 30
RETRY_S = 5.0
_LOOP_S = 1.0

_log = logging.getLogger(__name__)


class _Peers:
    """How many connections each peer holds. Only the server's own thread touches it."""

    def __init__(self, exempt: Sequence[Network]) -> None:
        self._exempt = exempt
        self._open: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        """Count a connection; False when the peer has too many."""
        self._open[peer] += 1
        return self._open[peer] <= MOST_PER_PEER or self._is_exempt(peer)

    def leave(self, peer: str) -> None:
        """Count a connection's end."""
        self._open[peer] -= 1
        if self._open[peer] <= 0:
            del self._open[peer]

    def _is_exempt(self, peer: str) -> bool:
        try:
            address = ip_address(peer.split("%")[0])
        except ValueError:
            return False
        return any(address.version == net.version and address in net for net in self._exempt)


def _channel_class(peers: _Peers, clock: Clock) -> type[Any]:
    """Return a channel class bound to this server's peers and clock: waitress makes channels by class."""

    class Channel(HTTPChannel):  # type: ignore[misc]
        """A connection with a deadline for each request, counted by peer."""

        def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002
            super().__init__(server, sock, addr, adj, map=map)
            self._peer = str(addr[0]) if isinstance(addr, tuple) else ""
            self._is_counted = True
            self._began_boot_s: float | None = clock.boot()
            if not peers.enter(self._peer):
                self.will_close = True

        def received(self, data: bytes) -> bool:
            if self._began_boot_s is None:
                self._began_boot_s = clock.boot()
            complete: bool = super().received(data)
            if self.request is None:
                self._began_boot_s = None
            return complete

        def is_overdue(self, now_boot_s: float) -> bool:
            """Whether the request in hand should have been complete by now."""
            began = self._began_boot_s
            return began is not None and not self.requests and now_boot_s - began > REQUEST_WITHIN_S

        def handle_close(self) -> None:
            if self._is_counted:
                self._is_counted = False
                peers.leave(self._peer)
            super().handle_close()

    return Channel


class WebServer:
    """Serves one WSGI app until ``stop``. A busy port stops nothing else: it is retried."""

    def __init__(
        self,
        app: Any,
        listen: Sequence[str],
        clock: Clock,
        *,
        trusted_proxies: Sequence[Network] = (),
        on_ready: Callable[[str], None] | None = None,
    ) -> None:
        """``on_ready`` hears the first address that answers, as ``HOST:PORT``."""
        self._app = app
        self._listen = tuple(listen)
        self._clock = clock
        self._proxies = tuple(trusted_proxies)
        self._on_ready = on_ready
        self._servers: dict[str, Any] = {}
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self.beats_boot_s: dict[str, float] = {}

    def start(self) -> None:
        """Open every address; one thread each."""
        for address in self._listen:
            thread = threading.Thread(target=self._serve, args=(address,), name=f"web {address}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Accept nothing more and end."""
        self._stopping.set()
        for server in list(self._servers.values()):
            server.trigger.pull_trigger()
        for thread in self._threads:
            thread.join(timeout_s)

    @property
    def beat_boot_s(self) -> float | None:
        """When the slowest open server's loop last turned; None while no address is open."""
        return min(self.beats_boot_s.values(), default=None)

    def _serve(self, address: str) -> None:
        server = self._open(address)
        if server is None:
            return
        host, port = address.rsplit(":", 1)[0], server.effective_port
        if self._on_ready is not None:
            self._on_ready(f"{host}:{port}")
        try:
            self._loop(address, server)
        finally:
            self.beats_boot_s.pop(address, None)
            server.task_dispatcher.shutdown(timeout=1)
            server.close()
            for channel in list(server._map.values()):
                channel.close() if hasattr(channel, "close") else None

    def _loop(self, address: str, server: Any) -> None:
        from waitress import wasyncore

        while not self._stopping.is_set():
            now = self._clock.boot()
            self.beats_boot_s[address] = now
            wasyncore.loop(timeout=_LOOP_S, map=server._map, count=1)
            for channel in list(server.active_channels.values()):
                if channel.is_overdue(now):
                    channel.handle_close()

    def _open(self, address: str) -> Any:
        host, port = address.rsplit(":", 1)
        while not self._stopping.is_set():
            try:
                return self._create(host.strip("[]"), int(port))
            except OSError as error:
                _log.error("cannot listen on %s (%s); trying again every %.0f s", address, error.strerror, RETRY_S)
                self._stopping.wait(RETRY_S)
        return None

    def _create(self, host: str, port: int) -> Any:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, port))
            server = create_server(
                self._app,
                map={},
                sockets=[listener],
                threads=THREADS,
                channel_timeout=IDLE_S,
                cleanup_interval=5,
                connection_limit=500,
                clear_untrusted_proxy_headers=False,
                ident="ispstatus",
                expose_tracebacks=False,
                max_request_body_size=1 << 20,
                max_request_header_size=32 << 10,
            )
        except OSError:
            listener.close()
            raise
        server.channel_class = _channel_class(_Peers(self._proxies), self._clock)
        server.effective_port = listener.getsockname()[1]
        return server
