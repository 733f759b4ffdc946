"""The reflector as a whole: its sockets on one loop, behind one gate."""

import errno
import logging
import os
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ispstatus.clock import Clock
from ispstatus.model.errors import ConfigError, IspStatusError
from ispstatus.model.settings import ReflectorServer
from ispstatus.reflector.certificate import context_of
from ispstatus.reflector.connections import Connections, Make, TcpResponder, open_listener
from ispstatus.reflector.datagrams import Datagram, open_datagrams, receive
from ispstatus.reflector.gate import Gate
from ispstatus.reflector.loop import READ, WRITE, Loop
from ispstatus.reflector.reflecting import Answer, EchoResponder, StampResponder
from ispstatus.reflector.trains import TrainResponder
from ispstatus.reflector.web import WebResponder

_log = logging.getLogger(__name__)


class Reflector:
    """Opens its sockets when made, answers in ``run``; ``stop`` ends that from any thread or signal handler."""

    def __init__(
        self,
        settings: ReflectorServer,
        state_dir: Path,
        clock: Clock,
        clock_is_synchronised: Callable[[], bool | None],
        each_second: Callable[[], object] = lambda: None,
    ) -> None:
        """ConfigError for settings that cannot be served, IspStatusError when a port cannot be had."""
        _refuse_nobody(settings)
        self._settings, self._clock = settings, clock
        self._state_dir = state_dir
        self._sockets: list[socket.socket] = []
        self.ports: dict[str, int] = {}
        """The port of each service, as bound."""
        self._loop = Loop(clock)
        self._gate = Gate(settings.allow, settings.caps, clock)
        self._connections = Connections(self._gate, settings.caps, clock, self._loop)
        self._trains = TrainResponder(self._gate, clock, self._loop)
        own_ports = frozenset(port for port in (settings.ports.twamp, settings.ports.udp) if port)
        self._stamps = StampResponder(
            self._gate, clock, clock_is_synchronised, is_stateful=settings.is_stateful, own_ports=own_ports
        )
        for action in (self._connections.each_second, self._stamps.each_second, self._gate.report, each_second):
            self._loop.each_second(action)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def run(self) -> None:
        """Answer until ``stop``, then close everything."""
        try:
            self._loop.run()
        finally:
            self.close()

    def stop(self) -> None:
        """End ``run``."""
        self._loop.stop()

    def close(self) -> None:
        """Free all sockets; for a reflector that was never run."""
        self._connections.close()
        while self._sockets:
            self._sockets.pop().close()
        self._loop.close()

    # ------------------------------------------------------------ sockets
    def _open(self) -> None:
        datagrams, streams = tuple(self._datagram_services()), tuple(self._stream_services())
        for address in self._settings.listen:
            for name, answer in datagrams:
                self._serve_datagrams(name, address, answer)
            for name, make in streams:
                listener = self._bound(name, address, open_listener)
                self._connections.serve(listener, make)

    def _datagram_services(self) -> Iterator[tuple[str, Answer]]:
        ports = self._settings.ports
        if ports.udp is not None:
            yield "udp", EchoResponder(self._gate).answer
        if ports.twamp is not None:
            yield "twamp", self._stamps.answer
        if ports.throughput is not None:
            yield "throughput", self._trains.answer

    def _stream_services(self) -> Iterator[tuple[str, Make]]:
        ports, settings = self._settings.ports, self._settings
        if ports.tcp is not None:
            yield "tcp", TcpResponder
        if ports.http is not None:
            yield "http", WebResponder
        if ports.https is not None:
            context = context_of(settings.certificate, settings.key, self._state_dir, socket.gethostname())
            yield "https", partial(WebResponder, context=context)

    def _serve_datagrams(self, name: str, address: str, answer: Answer) -> None:
        sock = self._bound(name, address, open_datagrams)

        def take(came: Datagram) -> None:
            source = self._gate.source_of(came.host)
            if source is not None:
                answer(sock, came, source)

        def ready(events: int) -> None:
            if events & READ:
                receive(sock, self._clock, take)
            if events & WRITE:
                self._trains.go_on()

        self._loop.watch(sock, ready)

    def _bound(self, name: str, address: str, opener: Callable[[str, int], socket.socket]) -> socket.socket:
        """Open a socket of a service; every address has the same port, also when the kernel chose it."""
        port: int = self.ports.get(name, getattr(self._settings.ports, name))
        try:
            sock = opener(address, port)
        except OSError as error:
            raise IspStatusError(f"{name}: {address} port {port} cannot be used: {_words(error, name)}") from error
        self._sockets.append(sock)
        self.ports[name] = sock.getsockname()[1]
        return sock


def _refuse_nobody(settings: ReflectorServer) -> None:
    is_reached_from_elsewhere = any(not address.startswith("127.") and address != "::1" for address in settings.listen)
    if is_reached_from_elsewhere and not settings.allow:
        raise ConfigError(
            "the reflector answers nobody until it is told whom: give the addresses your uplinks are seen with, as "
            '--allow 203.0.113.0/24 (may be repeated), or as allow = ["203.0.113.0/24"] in [reflector_server]; '
            "only with --listen 127.0.0.1 none is needed"
        )


def _words(error: OSError, name: str) -> str:
    if error.errno == errno.EACCES:
        return (
            f"ports below 1024 need root or CAP_NET_BIND_SERVICE; or choose another (--port {name}=12862, and the same "
            "in [reflector] of the box that probes)"
        )
    if error.errno == errno.EADDRINUSE:
        return "somebody else uses it; stop that one, or choose another with --port"
    return os.strerror(error.errno or 0)
