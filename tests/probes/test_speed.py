"""Speed tests against the reflector's own web responder, and against servers that answer badly."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.sample import Outcome
from ispstatus.probes import speed, tls
from ispstatus.probes.speed import SpeedSample, SpeedTest, measure_speed
from tests.probes import certificates
from tests.probes.certificates import Certificate, needs_openssl
from tests.probes.driving import loopback
from tests.probes.servers import answering, tcp_server
from tests.reflector.kit import free_port, running

pytestmark = pytest.mark.usefixtures("open_files")


def measured(url: str, *, is_down: bool = True, seconds: float = 0.4, **changes: Any) -> SpeedSample:
    test = SpeedTest(url, "127.0.0.1", seconds, is_down)
    return measure_speed(loopback(**changes), test, SYSTEM, threading.Event())


@pytest.mark.parametrize(("path", "is_down"), [("/garbage?ckSize=100", True), ("/empty", False)])
def test_librespeeds_endpoints_have_a_rate(path: str, is_down: bool) -> None:
    with running() as reflector:
        sample = measured(f"http://far.test:{reflector.ports['http']}{path}", is_down=is_down)

    assert (sample.outcome, sample.error) == (Outcome.OK, None)
    assert sample.bps is not None
    assert sample.bps > 10e6


def test_the_warm_up_is_left_out_of_a_transfer_that_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "WARM_UP_S", 0.3)

    def slow_then_fast(sock: Any, _server: Any) -> None:
        sock.recv(4096)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for number in range(18):
            sock.sendall(bytes(100 if number < 8 else 12_500))
            threading.Event().wait(0.05)

    with tcp_server(slow_then_fast) as server:
        sample = measured(f"http://far.test:{server.port}/", seconds=5)

    assert sample.bps is not None
    assert sample.bps > 12_500 * 8 * 10 / 0.9


def test_an_object_smaller_than_the_time_is_enough() -> None:
    with running() as reflector:
        sample = measured(f"http://far.test:{reflector.ports['http']}/garbage?ckSize=1", seconds=5)

    assert sample.outcome is Outcome.OK
    assert sample.bps is not None


def test_another_status_has_failed_and_says_which() -> None:
    with running() as reflector:
        sample = measured(f"http://far.test:{reflector.ports['http']}/nothing-here")

    assert sample.outcome is Outcome.FAILED
    assert "404" in str(sample.error)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-nobody\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"a" * 40_000])
def test_what_is_no_answer_has_failed(said: bytes) -> None:
    with tcp_server(answering(said)) as server:
        assert measured(f"http://far.test:{server.port}/").outcome is Outcome.FAILED


def test_a_closed_port_has_failed() -> None:
    assert measured(f"http://far.test:{free_port(1)}/").outcome is Outcome.FAILED


def test_a_box_that_cannot_bind_has_not_measured() -> None:
    assert measured("http://far.test:9/", source=None).outcome is Outcome.UNMEASURED


def test_a_stop_ends_the_transfer() -> None:
    stopping = threading.Event()
    stopping.set()
    with running() as reflector:
        url = f"http://far.test:{reflector.ports['http']}/garbage?ckSize=100"
        sample = measure_speed(loopback(), SpeedTest(url, "127.0.0.1", 60.0, is_down=True), SYSTEM, stopping)

    assert sample == SpeedSample(Outcome.UNMEASURED, error="stopped")


@pytest.fixture
def certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Certificate]:
    """A certificate of ``far.test`` that this process trusts."""
    made = certificates.make(tmp_path / "tls", "far.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    tls._tls_context.cache_clear()
    yield made
    tls._tls_context.cache_clear()


def both_ways(sock: Any, _server: Any) -> None:
    """Take what comes for a moment, or say a lot."""
    asked = sock.recv(4096)
    if asked.startswith(b"GET"):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(5_000_000))
    with suppress(OSError):
        while asked.startswith(b"POST") and sock.recv(1 << 16):
            pass


@needs_openssl
@pytest.mark.parametrize("is_down", [True, False])
def test_https_has_a_rate_in_either_direction(certificate: Certificate, is_down: bool) -> None:
    with tcp_server(both_ways, certificate=certificate.server) as server:
        sample = measured(f"https://far.test:{server.port}/", is_down=is_down)

    assert sample.outcome is Outcome.OK, sample.error
    assert sample.bps is not None
    assert sample.bps > 10e6


@needs_openssl
def test_a_certificate_of_somebody_else_has_failed(certificate: Certificate) -> None:
    with tcp_server(both_ways, certificate=certificate.server) as server:
        sample = measured(f"https://other.test:{server.port}/")

    assert sample.outcome is Outcome.FAILED
    assert "certificate" in str(sample.error).lower()
