"""The server on real sockets: several addresses, busy ports, and clients that are slow, silent or too many."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from ipaddress import ip_network
from typing import Any

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.web.server import WebServer, url_of
from ispstatus.web.server.channel import Patience
from ispstatus.web.server.listener import PER_PEER, name_of, open_socket
from ispstatus.web.shared.guard import LOCAL_ADDRESS

QUICK = Patience(request_s=0.4, idle_s=0.8, stall_s=0.6, answer_s=30.0)


def small_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers "ok"; /big with 8 MB, /stream with 64 MB made on the way, /slow after it may.

    /local tells which address of ours was called.
    """
    if environ["PATH_INFO"] == "/big":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"x" * 65536] * 128
    if environ["PATH_INFO"] == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return stream()
    if environ["PATH_INFO"] == "/slow":
        gate.wait(5)
    text = environ[LOCAL_ADDRESS].encode() if environ["PATH_INFO"] == "/local" else b"ok"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]


gate = threading.Event()
made: list[int] = []


def stream() -> Iterator[bytes]:
    for number in range(1024):
        made.append(number)
        yield b"x" * 65536


@pytest.fixture
def serve() -> Iterator[Callable[..., WebServer]]:
    servers: list[WebServer] = []
    gate.clear()
    made.clear()

    def start(*listen: str, **options: Any) -> WebServer:
        ready = threading.Event()
        server = WebServer(
            small_app, listen or ("127.0.0.1:0",), SYSTEM, on_ready=lambda _: ready.set(),
            **{"patience": QUICK, "retry_s": 0.05, **options},
        )  # fmt: skip
        servers.append(server)
        server.start()
        if options.get("wait", True):
            assert ready.wait(5)
        return server

    yield start
    gate.set()
    for server in servers:
        assert server.stop()


def port_of(server: WebServer, place: int = 0) -> int:
    return int(server.addresses[place].rpartition(":")[2])


def get(port: int, path: str = "/", host: str = "127.0.0.1") -> int:
    return fetch(port, path, host)[0]


def fetch(port: int, path: str, host: str) -> tuple[int, bytes]:
    client = HTTPConnection(host, port, timeout=5)
    try:
        client.request("GET", path)
        reply = client.getresponse()
        return reply.status, reply.read()
    finally:
        client.close()


def wait_until(holds: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_closed(sock: socket.socket) -> bool:
    """Whether the server has hung up."""
    sock.settimeout(5)
    try:
        return sock.recv(1) == b""
    except ConnectionError:
        return True


def has_ipv6() -> bool:
    try:
        open_socket("[::1]:0").close()
    except OSError:
        return False
    return True


def test_it_answers_on_every_address_and_says_where(serve: Callable[..., WebServer]) -> None:
    server = serve("127.0.0.1:0", "127.0.0.2:0")
    wait_until(lambda: len(server.addresses) == 2)
    assert [get(port_of(server)), get(port_of(server, 1), host="127.0.0.2")] == [200, 200]
    assert server.beat_boot_s is not None


def test_the_application_hears_which_address_of_ours_was_called(serve: Callable[..., WebServer]) -> None:
    port = port_of(serve("0.0.0.0:0"))
    assert [fetch(port, "/local", host)[1] for host in ("127.0.0.1", "127.0.0.9")] == [b"127.0.0.1", b"127.0.0.9"]


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
def test_both_families_may_share_a_port(serve: Callable[..., WebServer]) -> None:
    four = open_socket("0.0.0.0:0")
    port = int(name_of(four).rpartition(":")[2])
    four.close()
    server = serve(f"0.0.0.0:{port}", f"[::]:{port}")
    wait_until(lambda: len(server.addresses) == 2)
    assert server.addresses[1] == f"[::]:{port}"
    assert [get(port), get(port, host="::1")] == [200, 200]


def test_a_busy_port_is_named_once_and_taken_when_it_is_free(
    serve: Callable[..., WebServer], caplog: pytest.LogCaptureFixture
) -> None:
    holder = open_socket("127.0.0.1:0")
    holder.listen()
    name = name_of(holder)
    server = WebServer(small_app, [name, "127.0.0.1:0"], SYSTEM, retry_s=0.05)
    server.start()
    try:
        wait_until(lambda: len(server.addresses) == 1)
        assert get(port_of(server)) == 200
        holder.close()
        wait_until(lambda: name in server.addresses)
        assert get(int(name.rpartition(":")[2])) == 200
    finally:
        server.stop()
    told = [record.getMessage() for record in caplog.records if "cannot listen" in record.getMessage()]
    assert len(told) == 1
    assert name in told[0]
    assert "Address already in use" in told[0]


def test_sixty_half_open_clients_do_not_block_the_sixty_first(serve: Callable[..., WebServer]) -> None:
    port = port_of(serve(patience=Patience()))
    with contextlib.ExitStack() as held:
        for _ in range(60):
            sock = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            sock.sendall(b"GET / HTTP/1.1\r\nHo")
        assert get(port) == 200


def test_a_half_sent_request_is_given_up(serve: Callable[..., WebServer]) -> None:
    with socket.create_connection(("127.0.0.1", port_of(serve())), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHo")
        assert is_closed(sock)


def test_a_connection_that_says_nothing_is_given_up(serve: Callable[..., WebServer]) -> None:
    with socket.create_connection(("127.0.0.1", port_of(serve())), timeout=5) as sock:
        assert is_closed(sock)


@pytest.mark.parametrize(
    ("opening", "drop"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nX-Slow: ", b"a", id="head"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n", b"a", id="body"),
        pytest.param(b"", b"\r\n", id="empty-lines"),
    ],
)
def test_a_dripping_client_is_cut_off(serve: Callable[..., WebServer], opening: bytes, drop: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port_of(serve())), timeout=5) as sock:
        sock.sendall(opening)
        deadline = time.monotonic() + 5

        def is_refused() -> bool:
            try:
                sock.sendall(drop)
            except ConnectionError:
                return True
            return False

        while not is_refused():
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_client_that_takes_nothing_of_its_answer_is_let_go(serve: Callable[..., WebServer]) -> None:
    server = serve()
    port = port_of(server)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", port))
        sock.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
        taken = 0
        wait_until(lambda: server.connections == 1)
        wait_until(lambda: server.connections == 0)
        sock.settimeout(5)
        with contextlib.suppress(ConnectionError):
            while chunk := sock.recv(65536):
                taken += len(chunk)
        assert taken < 8 * 1024 * 1024
    assert get(port, "/big") == 200


def test_an_answer_is_made_no_faster_than_it_is_taken(serve: Callable[..., WebServer]) -> None:
    server = serve()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", port_of(server)))
        sock.sendall(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: server.connections == 1)
        wait_until(lambda: server.connections == 0)
    assert 0 < len(made) < 256


def test_a_connection_that_rests_between_requests_is_kept_for_a_while(serve: Callable[..., WebServer]) -> None:
    port = port_of(serve())
    client = HTTPConnection("127.0.0.1", port, timeout=5)
    for _ in range(2):
        client.request("GET", "/")
        assert client.getresponse().read() == b"ok"
        time.sleep(0.5)  # longer than a request may take, shorter than a connection may rest
    assert client.sock is not None
    assert is_closed(client.sock)
    client.close()


def test_connections_that_are_being_served_are_never_displaced(serve: Callable[..., WebServer]) -> None:
    port = port_of(serve(patience=Patience()))
    with ThreadPoolExecutor(PER_PEER) as pool:
        served = [pool.submit(get, port, "/slow") for _ in range(PER_PEER)]
        wait_until(lambda: sum(future.running() for future in served) == PER_PEER)
        time.sleep(0.3)  # every request is in hand by then
        with socket.create_connection(("127.0.0.1", port), timeout=5) as one_more:
            assert is_closed(one_more)
        gate.set()
        assert {future.result(5) for future in served} == {200}


def test_a_listed_proxy_may_have_any_number(serve: Callable[..., WebServer]) -> None:
    port = port_of(serve(patience=Patience(), trusted_proxies=[ip_network("127.0.0.1/32")]))
    with contextlib.ExitStack() as held:
        socks = [
            held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(PER_PEER + 15)
        ]
        for sock in socks:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert all(sock.recv(15) == b"HTTP/1.1 200 OK" for sock in socks)


def test_a_running_request_is_finished_before_the_end(serve: Callable[..., WebServer]) -> None:
    server = serve(patience=Patience())
    port = port_of(server)
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(get, port, "/slow")
        time.sleep(0.8)
        stopping = pool.submit(server.stop)
        time.sleep(0.8)
        gate.set()
        assert running.result(5) == 200
        assert stopping.result(5)
    with pytest.raises(OSError, match="refused"):
        get(port)


def test_who_stops_the_loop_may_be_interrupted_before_waking_it(
    serve: Callable[..., WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    pull = server._wake.pull_trigger

    def pull_late(*thunk: Callable[[], None]) -> None:
        socket.create_connection(("127.0.0.1", port_of(server)), timeout=5).close()
        time.sleep(0.8)
        pull(*thunk)

    monkeypatch.setattr(server._wake, "pull_trigger", pull_late)
    assert server.stop()


def test_nonsense_is_refused_and_harms_nobody(serve: Callable[..., WebServer]) -> None:
    port = port_of(serve())
    for nonsense in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock, contextlib.suppress(ConnectionError):
            sock.sendall(nonsense)
            with contextlib.suppress(OSError):  # ENOTCONN: it may have hung up already
                sock.shutdown(socket.SHUT_WR)
            while sock.recv(4096):
                pass
    assert get(port) == 200


@pytest.mark.parametrize(
    ("addresses", "url"),
    [
        (["0.0.0.0:8080", "[::]:8080"], "http://192.168.50.1:8080"),
        (["[::]:8080", "10.0.0.1:81"], "http://10.0.0.1:81"),
        (["127.0.0.1:49152"], "http://127.0.0.1:49152"),
        (["[::]:8080"], "http://[::1]:8080"),
        (["[2001:db8::1]:8080"], "http://[2001:db8::1]:8080"),
    ],
)
def test_the_address_that_is_told_can_be_clicked(addresses: list[str], url: str) -> None:
    assert url_of(addresses, lambda: "192.168.50.1") == url


def test_a_server_that_never_started_stops_at_once() -> None:
    server = WebServer(small_app, ["127.0.0.1:0"], SYSTEM)
    assert server.stop()
    assert server.beat_boot_s is None


def test_another_application_answers_from_the_next_request_on(serve: Callable[..., WebServer]) -> None:
    def other(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"other"]

    server = serve("127.0.0.1:0")
    host, _, port = server.addresses[0].rpartition(":")
    client = HTTPConnection(host, int(port), timeout=5)
    client.request("GET", "/")
    assert client.getresponse().read() == b"ok"

    server.serve(other, ())
    client.request("GET", "/")

    assert client.getresponse().read() == b"other"
    client.close()
