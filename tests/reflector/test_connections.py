"""TCP on real sockets: connect, who is let in, how many, and for how long."""

import errno
import socket
import struct
from contextlib import ExitStack
from ipaddress import ip_network

import pytest

from ispstatus.model.settings import ReflectorCaps
from ispstatus.reflector import connections, gate
from ispstatus.reflector.connections import TcpResponder
from ispstatus.reflector.server import Reflector
from tests.reflector.kit import WAIT_S, StandingClock, free_port, running, until


def connect(reflector: Reflector, service: str = "tcp", source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", reflector.ports[service]), WAIT_S, (source, 0))


def open_count(reflector: Reflector) -> int:
    return len(reflector._connections)


def is_closed(sock: socket.socket) -> bool:
    """Whether the other end has closed, by FIN or reset."""
    try:
        return sock.recv(100) == b""
    except ConnectionResetError:
        return True


def is_turned_away(reflector: Reflector, source: str = "127.0.0.1") -> bool:
    """Whether a connection is reset before it could say a word."""
    try:
        with connect(reflector, source=source) as sock:
            return is_closed(sock)
    except ConnectionResetError:  # so soon that even connecting sees it
        return True


def test_a_connect_is_answered_and_ends_with_the_client() -> None:
    with running() as reflector:
        with connect(reflector) as sock:
            sock.sendall(b"whatever")
            until(lambda: open_count(reflector) == 1)
        until(lambda: open_count(reflector) == 0)


def test_a_client_that_resets_is_forgotten_too() -> None:
    with running() as reflector:
        sock = connect(reflector)
        until(lambda: open_count(reflector) == 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        until(lambda: open_count(reflector) == 0)


def test_who_stays_without_end_is_cut_off_however_much_it_says() -> None:
    standing = StandingClock()
    with running(clock=standing.clock) as reflector, connect(reflector) as sock:
        sock.sendall(b"x")
        until(lambda: open_count(reflector) == 1)
        standing.pass_s(TcpResponder.PATIENCE_S - 0.1)
        sock.sendall(b"x")
        reflector._connections.each_second()
        assert open_count(reflector) == 1

        standing.pass_s(0.2)
        reflector._connections.each_second()

        assert is_closed(sock)


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.2"])
@pytest.mark.parametrize("service", ["tcp", "http"])
def test_sixty_half_open_clients_do_not_stop_the_sixty_first(service: str, source: str) -> None:
    caps = ReflectorCaps(connections=30, source_connections=10)
    with running(caps=caps) as reflector, ExitStack() as stack:
        idle = [stack.enter_context(connect(reflector, service, source)) for _ in range(60)]
        assert all(is_closed(one) for one in idle[:50])
        with connect(reflector, "http") as sock:
            sock.sendall(b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n")
            assert sock.recv(1000).startswith(b"HTTP/1.1 204")
            assert open_count(reflector) <= 11


def test_the_one_idle_for_longest_makes_room_and_a_busy_one_stays() -> None:
    standing = StandingClock()
    caps = ReflectorCaps(source_connections=2)
    with running(caps=caps, clock=standing.clock) as reflector, connect(reflector, "http") as busy:
        busy.sendall(b"POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        until(lambda: any(one.is_busy for one in list(reflector._connections._open)))
        standing.pass_s(1)
        with connect(reflector) as idle, connect(reflector):
            assert is_closed(idle)
            busy.sendall(bytes(1000))
            assert busy.recv(1000).startswith(b"HTTP/1.1 200")


def test_one_source_can_never_push_out_another() -> None:
    caps = ReflectorCaps(source_connections=2)
    with running(caps=caps) as reflector, connect(reflector, source="127.0.0.9") as quiet, ExitStack() as stack:
        loud = [stack.enter_context(connect(reflector)) for _ in range(10)]
        assert all(is_closed(one) for one in loud[:8])
        until(lambda: open_count(reflector) == 3)
        quiet.settimeout(0.1)
        with pytest.raises(TimeoutError):
            quiet.recv(1)


def test_a_source_that_is_not_let_in_is_reset_before_it_can_say_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LOOPBACK", ())
    with running(allow=(ip_network("127.0.0.7/32"),)) as reflector:
        assert is_turned_away(reflector, "127.0.0.8")
        with connect(reflector, "http", source="127.0.0.7") as ours:
            ours.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert ours.recv(100).startswith(b"HTTP/1.1 200")


def test_connecting_faster_than_the_rate_is_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_CONNECTIONS_PER_S", 10)
    clock = StandingClock().clock
    with running(clock=clock) as reflector, ExitStack() as stack:
        taken = [stack.enter_context(connect(reflector)) for _ in range(10)]
        assert is_turned_away(reflector)
        assert open_count(reflector) == len(taken)


def test_without_a_file_descriptor_left_the_idlest_makes_room() -> None:
    with running() as reflector, connect(reflector) as idle:
        until(lambda: open_count(reflector) == 1)
        table = reflector._connections

        class Refusing:
            """A listener that has none for us."""

            def __init__(self, error: int) -> None:
                self.error = error

            def accept(self) -> None:
                raise OSError(self.error, "")

        table._accept(Refusing(errno.ECONNABORTED), TcpResponder)  # type: ignore[arg-type]
        assert open_count(reflector) == 1
        table._accept(Refusing(errno.EMFILE), TcpResponder)  # type: ignore[arg-type]

        assert is_closed(idle)


def test_a_client_gone_before_it_is_taken_up_leaves_nothing() -> None:
    with running() as reflector:

        def gone(*_: object) -> connections.Connection:
            raise OSError(107, "not connected")

        port = free_port(socket.SOCK_STREAM)
        with (
            connections.open_listener("127.0.0.1", port) as listener,
            socket.create_connection(("127.0.0.1", port)) as c,
        ):
            reflector._connections._accept(listener, gone)
            c.settimeout(WAIT_S)
            assert is_closed(c)
        assert open_count(reflector) == 0


def test_a_port_that_is_taken_is_an_error() -> None:
    with running() as reflector, pytest.raises(OSError, match="in use"):
        connections.open_listener("127.0.0.1", reflector.ports["tcp"])
