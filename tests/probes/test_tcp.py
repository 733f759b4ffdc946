"""TCP connections on loopback, and refusals."""

import socket
from typing import Any

import pytest

from ispstatus.model.sample import Outcome
from ispstatus.probes.tcp import TcpSample, connect, probe_tcp
from tests.benchmarks.netlab import REFUSING, NetLab
from tests.probes.driving import HELD_S, Driver, JumpingClock, Probe, loopback, needs_ipv6, then_busy
from tests.probes.servers import answering, page, tcp_server

pytestmark = pytest.mark.usefixtures("open_files")


def attempt(driver: Driver, port: int, **more: Any) -> Probe:
    return lambda done: probe_tcp(driver.engine, loopback(), "127.0.0.1", port, timeout_s=1.0, done=done, **more)


def test_a_connection_is_ok_with_its_time(driver: Driver) -> None:
    with tcp_server(answering(page())) as server:
        sample: TcpSample = driver.hear(attempt(driver, server.port))
    assert (sample.address, sample.port, sample.outcome, sample.error) == ("127.0.0.1", server.port, Outcome.OK, None)
    assert sample.connect_ms is not None
    assert 0.0 <= sample.connect_ms <= 1000.0


def test_a_connection_is_timed_by_the_kernel_not_by_when_we_looked(driver: Driver) -> None:
    with tcp_server(answering(page())) as server:
        sample: TcpSample = driver.hear(then_busy(attempt(driver, server.port)))
    assert sample.connect_ms is not None
    assert 0.0 < sample.connect_ms < HELD_S * 1000


@needs_ipv6
def test_ipv6_connects_too(driver: Driver) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        probe: Probe = lambda done: probe_tcp(driver.engine, loopback(6), "::1", port, timeout_s=1.0, done=done)  # noqa: E731
        assert driver.hear(probe).outcome is Outcome.OK


def test_a_refusal_has_failed(driver: Driver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sample = driver.hear(attempt(driver, port))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "connection refused")


def test_the_one_who_asked_to_connect_gets_the_socket(driver: Driver) -> None:
    with tcp_server(answering(b"hello")) as server:
        socks: list[socket.socket | None] = []

        def probe(done: Any) -> Any:
            def take(sample: TcpSample, sock: socket.socket | None) -> None:
                socks.append(sock)
                done(sample)

            return connect(driver.engine, loopback(), "127.0.0.1", server.port, timeout_s=1.0, done=take)

        assert driver.hear(probe).outcome is Outcome.OK
        sock = socks[0]
        assert sock is not None
        sock.settimeout(5.0)
        sock.sendall(b"hi")
        assert sock.recv(10) == b"hello"
        assert sock.getsockname()[0] == "127.0.0.1"
        sock.close()


def test_a_connection_found_after_a_standstill_is_unmeasured(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    with tcp_server(answering(page())) as server:

        def probe(done: Any) -> Any:
            handle = attempt(driver, server.port)(done)
            clock.sleep(180.0)
            return handle

        assert driver.hear(probe).outcome is Outcome.UNMEASURED


def test_what_a_router_refuses_has_failed(lab: NetLab, lab_driver: Driver) -> None:
    path = lab.path(1)
    sample = lab_driver.hear(lambda done: probe_tcp(lab_driver.engine, path, REFUSING, 80, timeout_s=1.0, done=done))
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "host unreachable")
