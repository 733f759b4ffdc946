"""The reflector as a whole: what it refuses to start with, which ports it has, and that it lets go of them."""

import socket
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.errors import ConfigError, IspStatusError
from ispstatus.model.settings import ReflectorPorts, ReflectorServer
from ispstatus.reflector import server
from ispstatus.reflector.server import Reflector
from ispstatus.reflector.wire import echo
from tests.probes.certificates import needs_openssl
from tests.reflector.kit import ANY_PORTS, LOCAL, ask, client, free_port, is_silent, running
from tests.reflector.test_connections import is_turned_away
from tests.reflector.test_datagrams import needs_v6

OFF = ReflectorPorts(http=None, https=None, tcp=None, udp=None, twamp=None, throughput=None)
ECHO = echo.encode(echo.Echo(1, 2, 3))


def made(settings: ReflectorServer, state_dir: Path = Path("/nonexistent")) -> Reflector:
    return Reflector(settings, state_dir, SYSTEM, lambda: True)


def test_reached_from_elsewhere_it_does_not_start_until_it_is_told_whom_to_answer() -> None:
    with pytest.raises(ConfigError, match=r"answers nobody until it is told whom: .*--allow 203\.0\.113\.0/24"):
        made(replace(LOCAL, listen=("127.0.0.1", "0.0.0.0"), allow=()))


@pytest.mark.parametrize("listen", [("127.0.0.1",), ("127.0.0.1", "127.8.8.8")])
def test_on_loopback_alone_nobody_need_be_named(listen: tuple[str, ...]) -> None:
    with running(listen=listen, allow=()) as reflector, client() as asker:
        assert ask(asker, ECHO, reflector.ports["udp"], listen[-1])


def test_who_is_not_allowed_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ispstatus.reflector.gate.LOOPBACK", ())
    with (
        running(allow=(ip_network("127.0.0.7/32"),)) as reflector,
        client("127.0.0.7") as ours,
        client("127.0.0.8") as stranger,
    ):
        for service in ("udp", "twamp", "throughput"):
            stranger.sendto(ECHO, ("127.0.0.1", reflector.ports[service]))
        assert ask(ours, ECHO, reflector.ports["udp"])
        assert is_silent(stranger)
        assert is_turned_away(reflector, "127.0.0.8")


@needs_openssl
def test_it_says_which_port_each_service_got(tmp_path: Path) -> None:
    with running(ports=replace(ANY_PORTS, https=0), state_dir=tmp_path) as reflector:
        assert set(reflector.ports) == {"http", "https", "tcp", "udp", "twamp", "throughput"}
        assert all(port > 1023 for port in reflector.ports.values())


def test_what_is_off_is_not_there(tmp_path: Path) -> None:
    with running(ports=replace(OFF, udp=0), state_dir=tmp_path) as reflector:
        assert set(reflector.ports) == {"udp"}
    with running(ports=OFF, state_dir=tmp_path) as reflector:
        assert reflector.ports == {}


@needs_v6
def test_every_address_has_the_same_ports() -> None:
    with running(listen=("127.0.0.1", "::1")) as reflector, client() as v4, client("::1") as v6:
        assert ask(v4, ECHO, reflector.ports["udp"])
        assert ask(v6, ECHO, reflector.ports["udp"], "::1")


def test_a_port_that_is_taken_is_named_and_every_socket_given_back() -> None:
    tcp, udp = free_port(socket.SOCK_STREAM), free_port()
    ports = replace(OFF, udp=udp, tcp=tcp)
    words = rf"tcp: 127\.0\.0\.1 port {tcp} cannot be used: somebody else uses it"
    with socket.create_server(("127.0.0.1", tcp)), pytest.raises(IspStatusError, match=words):
        made(replace(LOCAL, ports=ports))
    with running(ports=ports) as reflector:
        assert reflector.ports == {"udp": udp, "tcp": tcp}


def test_a_port_that_needs_a_privilege_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_address: str, _port: int) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(server, "open_datagrams", refuse)
    with pytest.raises(IspStatusError, match=r"CAP_NET_BIND_SERVICE; or choose another \(--port twamp=12862"):
        made(replace(LOCAL, ports=replace(OFF, twamp=862)))


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(
        IspStatusError, match=r"udp: 192\.0\.2\.1 port 0 cannot be used: Cannot assign requested address"
    ):
        made(ReflectorServer(("192.0.2.1",), (ip_network("192.0.2.0/24"),), replace(OFF, udp=0)))


def test_it_starts_again_at_once_on_the_ports_it_had() -> None:
    ports = replace(OFF, udp=free_port(), tcp=free_port(socket.SOCK_STREAM), http=free_port(socket.SOCK_STREAM))
    for _ in range(3):
        with running(ports=ports) as reflector, client() as asker:
            assert ask(asker, ECHO, reflector.ports["udp"])
            with socket.create_connection(("127.0.0.1", reflector.ports["http"])) as sock:
                sock.sendall(b"GET /204 HTTP/1.0\r\n\r\n")
                assert sock.recv(100).startswith(b"HTTP/1.1 204")
