"""Requests on kept connections and resumed TLS sessions, to a reflector and to servers that misbehave."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.probes.warm import ResumedHttps, WarmHttp, WebSession
from tests.probes.certificates import needs_openssl
from tests.probes.driving import HELD_S, NOWHERE, Driver, JumpingClock, Probe, eventually, loopback
from tests.probes.servers import Server, answering, dripping, mute, page, resetting, tcp_server
from tests.reflector.kit import ANY_PORTS, running

pytestmark = pytest.mark.usefixtures("open_files")

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
DELAY_S = 0.05


def probe(session: WebSession, timeout_s: float = 2.0) -> Probe:
    return lambda done: session.probe(timeout_s=timeout_s, done=done)


def warm(driver: Driver, port: int, **more: Any) -> WarmHttp:
    return WarmHttp(driver.engine, loopback(), "127.0.0.1", f"http://far.test:{port}/204", **more)


def ask(driver: Driver, session: WebSession, times: int = 1, timeout_s: float = 2.0) -> list[RoundTrip]:
    """Ask so often, then close the session."""
    samples = [driver.hear(probe(session, timeout_s)) for _ in range(times)]
    driver.on_engine(session.close)
    return samples


def keeping(peer: socket.socket, server: Server) -> None:
    """Answer every request on the same connection; ``requests`` has the client's port of each."""
    while said := peer.recv(65536):
        server.requests.append(b"%d %s" % (peer.getpeername()[1], said))
        peer.sendall(NO_CONTENT)


# ---------------------------------------------------------------- http
def test_requests_follow_each_other_on_one_connection(driver: Driver) -> None:
    with tcp_server(keeping) as server:
        samples = ask(driver, warm(driver, server.port, status=204), times=3)

    assert [sample.outcome for sample in samples] == [Outcome.OK] * 3
    assert len({request.split()[0] for request in server.requests}) == 1
    assert all(b"GET /204 HTTP/1.1" in r and b"Connection: keep-alive" in r for r in server.requests)
    assert all(b"Host: far.test:" in request for request in server.requests)


def test_the_reflector_keeps_it_too(driver: Driver) -> None:
    with running() as reflector:
        samples = ask(driver, warm(driver, reflector.ports["http"], status=204), times=3)

    assert [sample.outcome for sample in samples] == [Outcome.OK] * 3
    assert all(0.0 < (sample.rtt_ms or 0.0) < 1000.0 for sample in samples)


def test_the_request_alone_is_timed_not_the_connection(driver: Driver) -> None:
    def slow(peer: socket.socket, server: Server) -> None:
        while peer.recv(65536):
            time.sleep(DELAY_S)
            peer.sendall(NO_CONTENT)

    with tcp_server(slow) as server:
        samples = ask(driver, warm(driver, server.port), times=2)

    for sample in samples:
        assert sample.rtt_ms is not None
        assert DELAY_S * 1000 <= sample.rtt_ms < 1000


@pytest.mark.parametrize("goodbye", ["closed", "reset", "chatty"])
def test_a_connection_the_far_end_gave_up_is_made_anew(driver: Driver, goodbye: str) -> None:
    ended = threading.Event()

    def once(peer: socket.socket, server: Server) -> None:
        server.requests.append(peer.recv(65536))
        peer.sendall(NO_CONTENT)
        if goodbye == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if goodbye == "chatty":
            time.sleep(0.02)
            peer.sendall(b"what nobody asked")
            time.sleep(0.02)
        peer.close()
        ended.set()

    with tcp_server(once) as server:
        session = warm(driver, server.port)
        outcomes = []
        for _ in range(3):
            outcomes.append(driver.hear(probe(session)).outcome)
            assert ended.wait(2.0)
            ended.clear()
        driver.on_engine(session.close)

    assert outcomes == [Outcome.OK] * 3
    assert len(server.requests) == 3


def test_one_closed_as_we_ask_is_asked_once_more_and_no_oftener(driver: Driver) -> None:
    """Closing cannot be seen yet when the request leaves: the far end closes upon it."""

    def second_is_refused(peer: socket.socket, server: Server) -> None:
        server.requests.append(peer.recv(65536))
        if len(server.requests) == 1:
            peer.sendall(NO_CONTENT)
            server.requests.append(peer.recv(65536))

    with tcp_server(second_is_refused) as server:
        first, second = ask(driver, warm(driver, server.port), times=2)

    assert first.outcome is Outcome.OK
    assert (second.outcome, second.error) == (Outcome.FAILED, "closed without an answer")
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (page("200 OK", b"hello"), Outcome.OK, None),
        (page("200 OK", b"x" * 70_000), Outcome.OK, None),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", Outcome.OK, None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Outcome.OK, None),
        (page("302 Found", b"", "Location: http://portal.test/"), Outcome.FAILED, "status 302"),
        (page("503 Busy"), Outcome.FAILED, "status 503"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Outcome.FAILED, "BadStatusLine: SSH-2.0-OpenSSH"),
        (b"HTTP/1.1 200 OK\r\nX: ", Outcome.FAILED, "closed in the middle of an answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 17000, Outcome.FAILED, "header over 16 KiB"),
        (b"", Outcome.FAILED, "closed without an answer"),
    ],
)
def test_what_an_answer_amounts_to(driver: Driver, answer: bytes, outcome: Outcome, words: str | None) -> None:
    with tcp_server(answering(answer)) as server:
        (sample,) = ask(driver, warm(driver, server.port))
    assert (sample.outcome, sample.error) == (outcome, words)


def test_a_body_that_drips_is_not_waited_for(driver: Driver) -> None:
    with tcp_server(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.01)) as server:
        assert ask(driver, warm(driver, server.port), timeout_s=0.5)[0].outcome is Outcome.OK


def test_another_status_than_the_far_ends_own_is_not_its_answer(driver: Driver) -> None:
    with tcp_server(answering(page("200 OK", b"<html>login</html>"))) as server:
        (sample,) = ask(driver, warm(driver, server.port, status=204))
    assert (sample.outcome, sample.error, sample.rtt_ms) == (Outcome.FAILED, "status 200", None)


def test_a_reset_or_a_refusal_has_failed(driver: Driver) -> None:
    with tcp_server(resetting) as server:
        assert ask(driver, warm(driver, server.port))[0].outcome is Outcome.FAILED
    (sample,) = ask(driver, warm(driver, server.port))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "connection refused")


def test_no_answer_and_no_connection_are_silent(driver: Driver) -> None:
    with tcp_server(mute) as server:
        (sample,) = ask(driver, warm(driver, server.port), timeout_s=0.1)
        assert (sample.outcome, sample.rtt_ms) == (Outcome.SILENT, None)


def test_after_silence_the_next_request_has_a_new_connection(driver: Driver) -> None:
    ports: list[int] = []

    def first_is_mute(peer: socket.socket, server: Server) -> None:
        ports.append(peer.getpeername()[1])
        if len(ports) == 1:
            mute(peer, server)
        else:
            answering(NO_CONTENT)(peer, server)

    with tcp_server(first_is_mute) as server:
        session = warm(driver, server.port)
        assert driver.hear(probe(session, timeout_s=0.1)).outcome is Outcome.SILENT
        assert ask(driver, session)[0].outcome is Outcome.OK
    assert len(set(ports)) == 2


def test_what_was_pending_across_a_standstill_is_unmeasured(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    with tcp_server(mute) as server:
        session = warm(driver, server.port)

        def start(done: Any) -> Any:
            handle = session.probe(timeout_s=1.0, done=done)
            clock.sleep(180.0)
            return handle

        sample = driver.hear(start)
        assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "the engine was late")
        driver.on_engine(session.close)


def test_what_this_box_cannot_send_is_unmeasured(driver: Driver) -> None:
    session = WarmHttp(driver.engine, loopback(source="192.0.2.77"), NOWHERE, f"http://{NOWHERE}/")
    assert ask(driver, session)[0].outcome is Outcome.UNMEASURED


def test_closing_frees_everything_and_is_heard_of_no_more(driver: Driver) -> None:
    heard: list[RoundTrip] = []
    with tcp_server(mute) as server:
        session = warm(driver, server.port)
        driver.on_engine(lambda: session.probe(timeout_s=5.0, done=heard.append))
        driver.on_engine(session.close)
        assert ask(driver, warm(driver, server.port), timeout_s=0.05)[0].outcome is Outcome.SILENT
    assert heard == []


def test_a_stop_as_a_request_begins_closes_what_was_kept(driver: Driver) -> None:
    with tcp_server(keeping) as server:
        session = warm(driver, server.port)
        assert driver.hear(probe(session)).outcome is Outcome.OK
        kept = session._kept
        assert kept is not None

        def begin_and_stop() -> None:
            session.probe(timeout_s=2.0, done=lambda _: None)
            driver.engine.stop()

        driver.on_engine(begin_and_stop)
        eventually(lambda: kept.fileno() == -1)


# ---------------------------------------------------------------- https
@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("far")


@pytest.fixture
def far(folder: Path) -> Iterator[int]:
    with running(state_dir=folder, ports=replace(ANY_PORTS, https=0)) as reflector:
        yield reflector.ports["https"]


def resumed(driver: Driver, port: int, **more: Any) -> ResumedHttps:
    wanted = {"is_verified": False, "status": 204} | more
    return ResumedHttps(driver.engine, loopback(), "127.0.0.1", f"https://far.test:{port}/204", **wanted)


@needs_openssl
def test_tls_sessions_are_resumed_and_the_first_is_not_counted(driver: Driver, far: int) -> None:
    session = resumed(driver, far)
    reused: list[bool | None] = []
    put_back = session.put_back

    def watched(sock: socket.socket, *, is_reusable: bool) -> None:
        assert isinstance(sock, ssl.SSLSocket)
        reused.append(sock.session_reused)
        put_back(sock, is_reusable=is_reusable)

    session.put_back = watched  # type: ignore[method-assign]
    samples = ask(driver, session, times=4)

    assert reused == [False, True, True, True]
    assert [sample.outcome for sample in samples] == [Outcome.UNMEASURED, *[Outcome.OK] * 3]
    assert samples[0].error == "there was no TLS session to resume yet"
    assert all(0.0 < (sample.rtt_ms or 0.0) < 1000.0 for sample in samples[1:])


@needs_openssl
def test_what_this_box_takes_for_its_part_of_the_handshake_is_not_counted(
    driver: Driver, far: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = resumed(driver, far)
    driver.hear(probe(session))
    shake_hands, begun = ssl.SSLSocket.do_handshake, set()

    def slow_to_go_on(sock: ssl.SSLSocket) -> None:
        if sock in begun:
            time.sleep(HELD_S)
        if not sock.server_side:
            begun.add(sock)
        shake_hands(sock)

    monkeypatch.setattr(ssl.SSLSocket, "do_handshake", slow_to_go_on)
    samples = ask(driver, session, times=3)  # on loopback all may be said in one turn: then there is no part to do
    assert all(0.0 < (sample.rtt_ms or 0.0) < HELD_S * 1000 for sample in samples)


@needs_openssl
def test_a_far_end_that_does_not_resume_is_counted_all_the_same(driver: Driver, far: int, folder: Path) -> None:
    with running(state_dir=folder, ports=replace(ANY_PORTS, https=0)) as restarted:  # knows no ticket of the other
        session = resumed(driver, far)
        driver.hear(probe(session))
        session._port = restarted.ports["https"]
        (sample,) = ask(driver, session)
    assert sample.outcome is Outcome.OK


@needs_openssl
def test_where_the_certificate_is_to_be_checked_an_unknown_one_has_failed(driver: Driver, far: int) -> None:
    (sample,) = ask(driver, resumed(driver, far, is_verified=True))
    assert sample.outcome is Outcome.FAILED
    assert sample.error == "certificate: self-signed certificate"


def test_what_speaks_no_tls_has_failed(driver: Driver) -> None:
    with tcp_server(answering(NO_CONTENT)) as server:
        assert ask(driver, resumed(driver, server.port))[0].outcome is Outcome.FAILED


def test_a_handshake_that_never_ends_is_silent(driver: Driver) -> None:
    with tcp_server(mute) as server:
        assert ask(driver, resumed(driver, server.port), timeout_s=0.1)[0].outcome is Outcome.SILENT
