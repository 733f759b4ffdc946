"""A reflector of a test's own, on loopback and on ports the kernel chooses, and clients to ask it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from ispstatus.clock import SYSTEM, Clock
from ispstatus.model.settings import ReflectorPorts, ReflectorServer
from ispstatus.reflector.server import Reflector

ANY_PORTS = ReflectorPorts(http=0, https=None, tcp=0, udp=0, twamp=0, throughput=0)
LOCAL = ReflectorServer(listen=("127.0.0.1",), allow=(ip_network("127.0.0.0/8"),), ports=ANY_PORTS)
WAIT_S = 5.0
SILENCE_S = 0.15
"""How long silence must last to count; answers on loopback take a hundredth of it."""


class StandingClock:
    """A clock that moves when the test says so."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at
        self.clock = Clock(wall=lambda: self.at, boot=lambda: self.at)

    def pass_s(self, seconds: float) -> None:
        self.at += seconds


@contextmanager
def running(
    settings: ReflectorServer = LOCAL,
    *,
    state_dir: Path = Path("/nonexistent"),
    clock: Clock = SYSTEM,
    is_synchronised: Callable[[], bool | None] = lambda: True,
    **changes: Any,
) -> Iterator[Reflector]:
    """Run a reflector on a thread until the test is done; ``changes`` replace settings."""
    reflector = Reflector(replace(settings, **changes), state_dir, clock, is_synchronised)
    thread = threading.Thread(target=reflector.run)
    thread.start()
    try:
        yield reflector
    finally:
        reflector.stop()
        thread.join(WAIT_S)
        assert not thread.is_alive()


@contextmanager
def client(source: str = "127.0.0.1", port: int = 0) -> Iterator[socket.socket]:
    """A UDP socket bound to a source."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((source, port))
        sock.settimeout(WAIT_S)
        yield sock


def ask(sock: socket.socket, data: bytes, port: int, host: str = "127.0.0.1") -> bytes:
    """Send one packet and return what comes back."""
    sock.sendto(data, (host, port))
    return sock.recv(65535)


def is_silent(sock: socket.socket) -> bool:
    """Whether nothing comes to a socket for a moment."""
    sock.settimeout(SILENCE_S)
    try:
        sock.recv(65535)
    except TimeoutError:
        return True
    finally:
        sock.settimeout(WAIT_S)
    return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so. AssertionError when it takes too long."""
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    """A port nobody uses at the moment."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
