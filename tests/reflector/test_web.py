"""HTTP and HTTPS on real sockets, with the standard library's client and by hand."""

import http.client
import json
import shutil
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ispstatus.model.settings import ReflectorCaps
from ispstatus.reflector import gate
from ispstatus.reflector.server import Reflector
from ispstatus.reflector.web import HEAD_S, IDLE_S, LINGER_S, MIB, TRANSFER_S
from tests.probes.certificates import needs_openssl
from tests.reflector.kit import ANY_PORTS, WAIT_S, StandingClock, running, until
from tests.reflector.test_connections import connect, is_closed, open_count

MANY = ReflectorCaps(mb_per_hour=10**6, source_mb_per_hour=10**6)


@pytest.fixture(scope="module")
def reflector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reflector]:
    ports, state_dir = (
        replace(ANY_PORTS, https=0 if shutil.which("openssl") else None),
        tmp_path_factory.mktemp("state"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "MOST_CONNECTIONS_PER_S", 10**6)
        with running(ports=ports, state_dir=state_dir, caps=MANY) as one:
            yield one


@pytest.fixture(params=["http", pytest.param("https", marks=needs_openssl)])
def browser(request: pytest.FixtureRequest, reflector: Reflector) -> Iterator[HTTPConnection]:
    """A client, in clear or inside TLS."""
    if request.param == "https":
        anyone = ssl._create_unverified_context()  # noqa: S323  the certificate is signed by itself
        connection: HTTPConnection = HTTPSConnection(
            "127.0.0.1", reflector.ports["https"], timeout=WAIT_S, context=anyone
        )
    else:
        connection = HTTPConnection("127.0.0.1", reflector.ports["http"], timeout=WAIT_S)
    yield connection
    connection.close()


def get(browser: HTTPConnection, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    browser.request(method, path, body=body)
    answer = browser.getresponse()
    return answer.status, answer.read()


def say(sock: socket.socket, text: bytes) -> http.client.HTTPResponse:
    sock.sendall(text)
    answer = http.client.HTTPResponse(sock)
    answer.begin()
    return answer


@pytest.mark.parametrize("path", ["/204", "/generate_204"])
def test_an_uptime_check_gets_204(browser: HTTPConnection, path: str) -> None:
    assert get(browser, path) == (204, b"")


def test_many_requests_share_one_warm_connection(browser: HTTPConnection) -> None:
    get(browser, "/204")
    sock = browser.sock

    for _ in range(20):
        assert get(browser, "/")[0] == 200

    assert browser.sock is sock


def test_one_request_per_connection_is_closed_when_the_client_says_so(reflector: Reflector) -> None:
    with connect(reflector, "http") as sock:
        answer = say(sock, b"GET /204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

        assert (answer.status, answer.getheader("Connection")) == (204, "close")
        assert is_closed(sock)


def test_two_requests_in_one_breath_get_two_answers(reflector: Reflector) -> None:
    with connect(reflector, "http") as sock:
        request = b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n"
        sock.sendall(request + request[:-2])
        sock.sendall(request[-2:])
        said = b""
        while said.count(b"HTTP/1.1 204") < 2:
            said += sock.recv(1000)
        assert said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("path", ["/garbage?ckSize=3", "/backend/garbage.php?ckSize=3&r=0.5"])
def test_garbage_is_as_long_as_asked_for_and_does_not_compress(browser: HTTPConnection, path: str) -> None:
    status, body = get(browser, path)

    assert (status, len(body)) == (200, 3 * MIB)
    assert len(set(body[:4096])) > 200


@pytest.mark.parametrize(
    ("wished", "mib"), [("", 4), ("0", 4), ("-1", 4), ("x", 4), ("1", 1), ("101", 100), ("9" * 30, 100)]
)
def test_the_length_of_garbage_is_capped(reflector: Reflector, wished: str, mib: int) -> None:
    with connect(reflector, "http") as sock:
        answer = say(sock, f"HEAD /garbage?ckSize={wished} HTTP/1.0\r\n\r\n".encode())
        assert answer.getheader("Content-Length") == str(mib * MIB)
        assert is_closed(sock)


@pytest.mark.parametrize("path", ["/empty", "/empty.php", "/backend/empty.php"])
def test_an_upload_is_taken_and_thrown_away(browser: HTTPConnection, path: str) -> None:
    assert get(browser, path, "POST", bytes(3 * MIB)) == (200, b"")
    assert get(browser, path) == (200, b"")


def test_a_client_that_asks_first_is_told_to_go_on(reflector: Reflector) -> None:
    with connect(reflector, "http") as sock:
        sock.sendall(b"POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert say(sock, b"hello").status == 200


def test_a_client_learns_by_which_address_it_came(browser: HTTPConnection) -> None:
    assert json.loads(get(browser, "/getIP")[1]) == {"processedString": "127.0.0.1", "rawIspInfo": ""}


def test_what_is_not_there_is_not_found_and_the_connection_stays(browser: HTTPConnection) -> None:
    assert get(browser, "/etc/passwd") == (404, b"")
    assert get(browser, "/204") == (204, b"")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"PUT / HTTP/1.0\r\n\r\n", 405),
        (b"POST /empty HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 104857601\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9000, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 8150 + b"\r\nY: " + b"y" * 100 + b"\r\n\r\n", 200),
    ],
)
def test_a_request_that_cannot_be_served_is_told_why(reflector: Reflector, text: bytes, status: int) -> None:
    with connect(reflector, "http") as sock:
        assert say(sock, text).status == status


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300).map(lambda data: data + b"\r\n\r\n"))
def test_whatever_is_said_is_answered_or_cut_off_and_nothing_breaks(
    reflector: Reflector, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    with connect(reflector, "http") as sock:
        sock.sendall(data)
        assert sock.recv(100).startswith(b"HTTP/1.1 ")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# ---------------------------------------------------------------- time and volume
def wait_for(reflector: Reflector, standing: StandingClock, seconds: float) -> None:
    """Let time pass, and the reflector look at it."""
    standing.pass_s(seconds)
    reflector._connections.each_second()


def until_it_waits(reflector: Reflector, standing: StandingClock, patience_s: float) -> None:
    """Wait until the one connection there is has begun a wait of so long."""
    until(lambda: [one.deadline_boot_s for one in list(reflector._connections._open)] == [standing.at + patience_s])


def test_a_head_that_drips_is_cut_off() -> None:
    standing = StandingClock()
    with running(clock=standing.clock) as reflector, connect(reflector, "http") as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n")
        until(lambda: open_count(reflector) == 1)
        wait_for(reflector, standing, HEAD_S - 0.1)
        assert open_count(reflector) == 1
        sock.sendall(b"X: y\r\n")
        wait_for(reflector, standing, 0.2)

        assert is_closed(sock)


def test_a_warm_connection_stays_longer_than_the_longest_interval_and_not_for_ever() -> None:
    standing = StandingClock()
    with running(clock=standing.clock) as reflector, connect(reflector, "http") as sock:
        for _ in range(3):
            assert say(sock, b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n").status == 204
            until_it_waits(reflector, standing, IDLE_S)
            wait_for(reflector, standing, 60)
        assert open_count(reflector) == 1
        wait_for(reflector, standing, IDLE_S)

        assert is_closed(sock)


def test_the_head_of_a_later_request_may_not_drip_either() -> None:
    standing = StandingClock()
    with running(clock=standing.clock) as reflector, connect(reflector, "http") as sock:
        assert say(sock, b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n").status == 204
        until_it_waits(reflector, standing, IDLE_S)
        sock.sendall(b"GET")
        until_it_waits(reflector, standing, HEAD_S)
        wait_for(reflector, standing, HEAD_S)

        assert is_closed(sock)


def test_an_upload_that_never_ends_is_cut_off() -> None:
    standing = StandingClock()
    with running(clock=standing.clock) as reflector, connect(reflector, "http") as sock:
        sock.sendall(b"POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx")
        until_it_waits(reflector, standing, TRANSFER_S)
        wait_for(reflector, standing, TRANSFER_S)

        assert is_closed(sock)


def test_garbage_beyond_the_volume_of_the_hour_is_refused_or_broken_off() -> None:
    with running(caps=ReflectorCaps(source_mb_per_hour=3)) as reflector:
        with connect(reflector, "http") as sock:
            answer = say(sock, b"GET /garbage?ckSize=4 HTTP/1.1\r\nHost: a\r\n\r\n")
            with pytest.raises(http.client.IncompleteRead) as broken:
                answer.read()
            assert len(broken.value.partial) <= 3_000_000
        with connect(reflector, "http") as sock:
            assert say(sock, b"GET /garbage HTTP/1.1\r\nHost: a\r\n\r\n").status == 429


def test_an_upload_beyond_the_volume_of_the_hour_is_refused_and_the_client_can_read_why() -> None:
    standing = StandingClock()
    caps = ReflectorCaps(source_mb_per_hour=1)
    with running(caps=caps, clock=standing.clock) as reflector, connect(reflector, "http") as sock:
        body = bytes(2 * MIB)
        answer = say(sock, b"POST /empty HTTP/1.1\r\nHost: a\r\nContent-Length: 2097152\r\n\r\n" + body)
        assert answer.status == 429
        until_it_waits(reflector, standing, LINGER_S)
        wait_for(reflector, standing, LINGER_S)
        until(lambda: open_count(reflector) == 0)


def test_a_probe_costs_no_volume() -> None:
    clock = StandingClock().clock
    with (
        running(caps=ReflectorCaps(source_mb_per_hour=1), clock=clock) as reflector,
        connect(reflector, "http") as sock,
    ):
        for _ in range(100):
            assert say(sock, b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n").status == 204
        assert reflector._gate.grants("127.0.0.1", 1_000_000)


# ---------------------------------------------------------------- TLS
@needs_openssl
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_tls_session_is_resumed(reflector: Reflector, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    session: ssl.SSLSession | None = None
    resumed = []
    for _ in range(3):
        with connect(reflector, "https") as raw, context.wrap_socket(raw, session=session) as sock:
            sock.sendall(b"GET /204 HTTP/1.1\r\nHost: a\r\n\r\n")
            assert sock.recv(1000).startswith(b"HTTP/1.1 204")
            session = sock.session
            resumed.append(sock.session_reused)

    assert resumed == [False, True, True]


@needs_openssl
def test_who_does_not_finish_the_handshake_is_cut_off(tmp_path: Path) -> None:
    standing = StandingClock()
    with running(ports=replace(ANY_PORTS, https=0), state_dir=tmp_path, clock=standing.clock) as reflector:
        with connect(reflector, "https") as sock:
            sock.sendall(b"\x16\x03\x01")
            until(lambda: open_count(reflector) == 1)
            wait_for(reflector, standing, HEAD_S)
            assert is_closed(sock)
        with connect(reflector, "https") as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            until(lambda: open_count(reflector) == 0)
