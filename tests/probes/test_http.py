"""HTTP checks against real servers, polite and hostile."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ispstatus import __version__
from ispstatus.model.sample import HttpSample, Outcome
from ispstatus.model.uplink import HttpTarget
from ispstatus.probes import tls
from ispstatus.probes.http import probe_http
from tests.probes import certificates
from tests.probes.certificates import Certificate, needs_openssl
from tests.probes.driving import NOWHERE, Driver, JumpingClock, Probe, eventually, loopback
from tests.probes.servers import Server, answering, dripping, mute, page, resetting, tcp_server

NAME = "target.test"


@pytest.fixture(autouse=True)
def no_open_files(open_files: None) -> None:
    """Every check gives its files back."""


def target(server: Server, path: str = "/", *, scheme: str = "http", **more: Any) -> HttpTarget:
    return HttpTarget(f"{scheme}://{NAME}:{server.port}{path}", "net", **({"private_ok": True} | more))


def check(driver: Driver, wanted: HttpTarget, *, address: str = "127.0.0.1", **more: Any) -> Probe:
    return lambda done: probe_http(driver.engine, loopback(), wanted, address, done=done, **more)


def test_a_page_is_ok_with_its_phases(driver: Driver) -> None:
    with tcp_server(answering(page("204 No Content"))) as server:
        sample: HttpSample = driver.hear(check(driver, target(server, status=204), dns_ms=7.0))
    assert (sample.outcome, sample.status, sample.address, sample.error) == (Outcome.OK, 204, "127.0.0.1", None)
    assert (sample.url, sample.network) == (f"http://{NAME}:{server.port}/", "net")
    phases = sample.phases
    assert (phases.dns_ms, phases.tls_ms) == (7.0, None)
    assert phases.connect_ms is not None
    assert phases.first_byte_ms is not None
    assert phases.total_ms is not None
    assert phases.connect_ms >= 0.0
    assert phases.total_ms >= 7.0 + phases.connect_ms + phases.first_byte_ms


def test_the_request_is_courteous_and_names_its_host(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with tcp_server(answering(page())) as server:
        assert driver.hear(check(driver, target(server, "/a?b=c"))).outcome is Outcome.OK
    head, *fields = server.requests[0].decode().strip().split("\r\n")
    assert head == "GET /a?b=c HTTP/1.1"
    assert dict(field.split(": ", 1) for field in fields) == {
        "Host": f"{NAME}:{server.port}",
        "User-Agent": f"ispstatus/{__version__}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Cache-Control": "no-cache",
        "Connection": "close",
    }


def test_only_own_targets_get_a_nonce_and_never_the_same(driver: Driver) -> None:
    with tcp_server(answering(page())) as server:
        for path in ("/x", "/x", "/x?y=1"):
            driver.hear(check(driver, target(server, path, nonce=True)))
        driver.hear(check(driver, target(server, "/x")))
    asked = [request.split(b" ")[1].decode() for request in server.requests]
    assert asked[0].startswith("/x?nonce=")
    assert asked[0] != asked[1]
    assert asked[2].startswith("/x?y=1&nonce=")
    assert asked[3] == "/x"


def test_every_check_is_a_fresh_connection_and_cookies_are_not_kept(driver: Driver) -> None:
    with tcp_server(answering(page("200 OK", b"", "Set-Cookie: a=b; Max-Age=999"))) as server:
        for _ in range(3):
            driver.hear(check(driver, target(server)))
    assert len(server.requests) == 3
    assert all(b"ookie" not in request for request in server.requests)


@pytest.mark.parametrize(
    ("answer", "wanted", "outcome", "words"),
    [
        (page("200 OK", b"success\n"), {"body": "success"}, Outcome.OK, None),
        (page("200 OK", b"<html>login</html>"), {"body": "success"}, Outcome.INTERCEPTED, "not the expected text"),
        (page("204 No Content"), {}, Outcome.OK, None),
        (page("200 OK", b"hello"), {"status": 204}, Outcome.FAILED, "status 200"),
        (page("503 Busy"), {}, Outcome.FAILED, "status 503"),
        (page("511 Login"), {"status": 204}, Outcome.INTERCEPTED, "wants a login"),
        (page("302 Found", b"", "Location: http://portal.test/"), {"status": 204}, Outcome.INTERCEPTED, "portal.test"),
        (page("302 Found", b"", "Location: /elsewhere"), {}, Outcome.FAILED, "status 302"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort",
            {},
            Outcome.FAILED,
            "closed in the middle of an answer",
        ),
        (b"SSH-2.0-OpenSSH\r\n", {}, Outcome.FAILED, "BadStatusLine"),
        (b"", {}, Outcome.FAILED, "closed without an answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90 + b"Y: " + b"z" * 20000, {}, Outcome.FAILED, "header over 16 KiB"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, {}, Outcome.FAILED, "header over 16 KiB"),
        (page("200 OK", b"x" * 65536), {}, Outcome.OK, None),
        (page("200 OK", b"x" * 65537), {}, Outcome.FAILED, "body over 64 KiB"),
    ],
)
def test_what_an_answer_amounts_to(
    driver: Driver, answer: bytes, wanted: Any, outcome: Outcome, words: str | None
) -> None:
    with tcp_server(answering(answer)) as server:
        sample = driver.hear(check(driver, target(server, **wanted)))
    assert sample.outcome is outcome
    assert sample.error is None if words is None else words in sample.error


def test_a_reset_has_failed(driver: Driver) -> None:
    with tcp_server(resetting) as server:
        sample = driver.hear(check(driver, target(server)))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "connection reset")


def test_a_refused_connection_has_failed(driver: Driver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = Server(listener.getsockname()[1])
    sample = driver.hear(check(driver, target(free)))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "connection refused")


def test_an_endless_body_is_cut_short(driver: Driver) -> None:
    with tcp_server(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10000, 0.0)) as server:
        sample = driver.hear(check(driver, target(server)))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "body over 64 KiB")


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: ", b""]
)
def test_a_drip_ends_with_the_deadline(driver: Driver, start: bytes) -> None:
    with tcp_server(dripping(start, b"a", 0.01)) as server:
        sample = driver.hear(check(driver, target(server), total_timeout_s=0.2))
        assert (sample.outcome, sample.error) == (Outcome.FAILED, "no complete answer in 0.2 s")
    with tcp_server(answering(page())) as server:
        assert driver.hear(check(driver, target(server))).outcome is Outcome.OK


def test_a_gzip_bomb_is_not_unpacked(driver: Driver) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    with tcp_server(answering(page("200 OK", bomb[:60000], "Content-Encoding: gzip"))) as server:
        sample = driver.hear(check(driver, target(server, body="0000")))
    assert sample.outcome is Outcome.INTERCEPTED  # what was asked for is plain text


def test_an_endless_chunked_body_is_cut_short(driver: Driver) -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with tcp_server(dripping(start, b"1000\r\n" + b"x" * 4096 + b"\r\n", 0.0)) as server:
        sample = driver.hear(check(driver, target(server)))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "body over 64 KiB")


def test_a_silent_server_has_failed_once_the_connection_stood(driver: Driver) -> None:
    with tcp_server(mute) as server:
        sample = driver.hear(check(driver, target(server), total_timeout_s=0.1))
    assert sample.outcome is Outcome.FAILED
    assert sample.phases.connect_ms is not None
    assert sample.phases.total_ms is None


def test_no_connection_is_silent(driver: Driver) -> None:
    wanted = HttpTarget(f"http://{NOWHERE}:81/", "net")
    sample = driver.hear(check(driver, wanted, address=NOWHERE, connect_timeout_s=0.05))
    assert sample.outcome is Outcome.SILENT
    sample = driver.hear(check(driver, wanted, address=NOWHERE, total_timeout_s=0.05))
    assert sample.outcome is Outcome.SILENT


@pytest.mark.parametrize("serve", [mute, answering(page())])
def test_a_standstill_of_three_minutes_is_unmeasured_whatever_came_of_it(
    jumping: tuple[Driver, JumpingClock], serve: Callable[[socket.socket, Server], None]
) -> None:
    driver, clock = jumping
    with tcp_server(serve) as server:

        def probe(done: Any) -> Any:
            handle = check(driver, target(server))(done)
            clock.sleep(180.0)
            return handle

        sample = driver.hear(probe)
    assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "the engine was late")


def test_a_server_that_hangs_up_while_we_stand_still_says_nothing_about_the_line(
    jumping: tuple[Driver, JumpingClock],
) -> None:
    driver, clock = jumping

    def hang_up(peer: socket.socket, server: Server) -> None:
        server.requests.append(peer.recv(65536))
        driver.engine.post(lambda: clock.sleep(1.0))
        driver.engine.post(lambda: None)
        time.sleep(0.05)

    with tcp_server(hang_up) as server:
        sample = driver.hear(check(driver, target(server)))
    assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "the engine was late")


def test_an_answer_found_after_a_standstill_beyond_the_deadline_is_unmeasured(
    jumping: tuple[Driver, JumpingClock],
) -> None:
    driver, clock = jumping

    def answer_meanwhile(peer: socket.socket, server: Server) -> None:
        def answer_and_stand_still() -> None:
            peer.sendall(page())
            clock.sleep(180.0)

        server.requests.append(peer.recv(65536))
        driver.on_engine(answer_and_stand_still)

    with tcp_server(answer_meanwhile) as server:
        sample = driver.hear(check(driver, target(server)))
    assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "the engine was late")


@pytest.mark.parametrize("address", ["10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "192.168.0.1", "0.0.0.0"])
def test_a_name_that_resolves_to_the_inside_is_intercepted_without_a_packet(driver: Driver, address: str) -> None:
    sample = driver.hear(check(driver, HttpTarget("http://public.test/", "net"), address=address))
    assert (sample.outcome, sample.address) == (Outcome.INTERCEPTED, address)
    assert sample.error == f"the name resolves to {address}"


def test_an_inside_address_spelt_out_in_the_url_is_meant(driver: Driver) -> None:
    with tcp_server(answering(page())) as server:
        sample = driver.hear(check(driver, HttpTarget(f"http://127.0.0.1:{server.port}/", "net")))
    assert sample.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("url", "address"),
    [("http://a.test:99999/", "127.0.0.1"), ("ftp://a.test/", "127.0.0.1"), ("http://a.test/", "no address")],
)
def test_what_cannot_be_asked_is_unmeasured(driver: Driver, url: str, address: str) -> None:
    sample = driver.hear(check(driver, HttpTarget(url, "net", private_ok=True), address=address))
    assert sample.outcome is Outcome.UNMEASURED


def test_a_check_this_box_cannot_send_is_unmeasured(driver: Driver) -> None:
    path = loopback(device="nosuch0")
    wanted = HttpTarget("http://127.0.0.1/", "net")
    sample = driver.hear(lambda done: probe_http(driver.engine, path, wanted, "127.0.0.1", done=done))
    assert (sample.outcome, sample.error) == (Outcome.UNMEASURED, "nosuch0: the interface is gone")


def test_a_cancelled_check_is_heard_of_no_more(driver: Driver) -> None:
    heard: list[HttpSample] = []
    with tcp_server(mute) as server:
        handle = driver.on_engine(partial(check(driver, target(server)), heard.append))
        eventually(lambda: server.connections > 0)
        driver.on_engine(handle.cancel)
        driver.on_engine(handle.cancel)
    driver.on_engine(lambda: None)
    assert heard == []


@pytest.mark.parametrize("serve", [answering(page()), resetting, mute])
def test_a_check_that_has_ended_leaves_nothing_on_the_engine(
    driver: Driver, serve: Callable[[socket.socket, Server], None]
) -> None:
    with tcp_server(serve) as server:
        driver.hear(check(driver, target(server), total_timeout_s=0.1))
    assert driver.on_engine(lambda: driver.engine._watches) == {}
    assert not any(timer.is_pending for _, _, timer in driver.on_engine(lambda: list(driver.engine._heap)))


# ---------------------------------------------------------------- many at once
def test_checks_need_no_threads_and_slow_ones_keep_none_of_the_others_waiting(driver: Driver) -> None:
    heard: list[HttpSample] = []
    with tcp_server(mute) as server, tcp_server(answering(page())) as polite:
        hostile = check(driver, target(server), total_timeout_s=3.0)
        handles = driver.on_engine(lambda: [hostile(heard.append) for _ in range(40)])
        eventually(lambda: server.connections == 40)
        before = {thread for thread in threading.enumerate() if "_serve" not in thread.name}
        for _ in range(10):
            assert driver.hear(check(driver, target(polite))).outcome is Outcome.OK
        assert {thread for thread in threading.enumerate() if "_serve" not in thread.name} <= before
        for handle in handles:
            driver.on_engine(handle.cancel)
    assert heard == []


def test_stopping_cuts_running_checks_short(driver: Driver) -> None:
    heard: list[HttpSample] = []
    with tcp_server(mute) as server:
        driver.on_engine(partial(check(driver, target(server)), heard.append))
        eventually(lambda: server.connections > 0)
        driver.engine.stop()
    assert heard == []


# ---------------------------------------------------------------- TLS
@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Certificate], None]]:
    """Let the process trust one certificate, as SSL_CERT_FILE would from its start."""

    def trust(certificate: Certificate) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.trust))
        tls._tls_context.cache_clear()

    yield trust
    tls._tls_context.cache_clear()


def secure(driver: Driver, certificate: Certificate) -> HttpSample:
    with tcp_server(answering(page("204 No Content")), certificate=certificate.server) as server:
        sample: HttpSample = driver.hear(check(driver, target(server, scheme="https", status=204)))
        return sample


@needs_openssl
def test_https_is_verified_against_the_name_of_the_url(driver: Driver, trusting: Any, tmp_path: Path) -> None:
    certificate = certificates.make(tmp_path, NAME)
    trusting(certificate)
    sample = secure(driver, certificate)
    assert (sample.outcome, sample.status) == (Outcome.OK, 204)
    assert sample.phases.tls_ms is not None
    assert sample.phases.tls_ms > 0.0
    assert sample.phases.connect_ms is not None
    assert sample.phases.first_byte_ms is not None
    assert sample.phases.total_ms is not None
    one_after_the_other = sample.phases.connect_ms + sample.phases.tls_ms + sample.phases.first_byte_ms
    assert one_after_the_other <= sample.phases.total_ms


@needs_openssl
def test_a_certificate_for_another_name_is_interception(driver: Driver, trusting: Any, tmp_path: Path) -> None:
    certificate = certificates.make(tmp_path, "portal.test")
    trusting(certificate)
    sample = secure(driver, certificate)
    assert (sample.outcome, sample.is_date_only_tls_error) == (Outcome.INTERCEPTED, False)
    assert "certificate: Hostname mismatch" in (sample.error or "")


@needs_openssl
@pytest.mark.parametrize(
    ("start", "end", "words"),
    [("20200101000000Z", "20200102000000Z", "expired"), ("20480101000000Z", "20491231000000Z", "not yet valid")],
)
def test_a_certificate_wrong_by_date_alone_is_flagged(
    driver: Driver, trusting: Any, tmp_path: Path, start: str, end: str, words: str
) -> None:
    certificate = certificates.make(tmp_path, NAME, start=start, end=end)
    trusting(certificate)
    sample = secure(driver, certificate)
    assert (sample.outcome, sample.is_date_only_tls_error) == (Outcome.FAILED, True)
    assert words in (sample.error or "")


@needs_openssl
def test_a_certificate_nobody_vouches_for_has_failed(driver: Driver, trusting: Any, tmp_path: Path) -> None:
    trusting(certificates.make(tmp_path / "trusted", NAME))
    sample = secure(driver, certificates.make(tmp_path / "foreign", NAME, end="20200102000000Z"))
    assert (sample.outcome, sample.is_date_only_tls_error) == (Outcome.FAILED, False)


def test_a_server_that_speaks_no_tls_has_failed(driver: Driver) -> None:
    with tcp_server(answering(page())) as server:
        sample = driver.hear(check(driver, target(server, scheme="https")))
    assert sample.outcome is Outcome.FAILED


def test_a_hanging_handshake_ends_with_the_deadline(driver: Driver) -> None:
    with tcp_server(mute) as server:
        sample = driver.hear(check(driver, target(server, scheme="https"), total_timeout_s=0.2))
    assert sample.outcome is Outcome.FAILED
