"""iperf3 against a real server on loopback, and every way in which there is nothing to report."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ispstatus.model.sample import Outcome
from ispstatus.model.throughput import Flow
from ispstatus.probes import iperf
from ispstatus.probes.iperf import IperfSample, IperfTest, Kind, arguments, measure_iperf, read_report
from tests.probes.driving import loopback
from tests.reflector.kit import free_port

needs_iperf3 = pytest.mark.skipif(shutil.which("iperf3") is None, reason="iperf3 is not installed")


def a_test(port: int, kind: Kind = Kind.TCP, *, is_down: bool = True, seconds: int = 1) -> IperfTest:
    return IperfTest("127.0.0.1", port, kind, is_down, seconds, udp_mbps=5.0)


@contextmanager
def server() -> Iterator[int]:
    """A real iperf3 server on loopback; yields its port."""
    port = free_port(1)
    command = ["iperf3", "-s", "-p", str(port), "-B", "127.0.0.1", "--forceflush"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            while "listening" not in process.stdout.readline():
                assert process.poll() is None
            yield port
        finally:
            process.kill()


@needs_iperf3
@pytest.mark.parametrize("is_down", [True, False])
def test_tcp_has_a_rate_in_either_direction(is_down: bool) -> None:
    with server() as port:
        sample = measure_iperf(loopback(), a_test(port, is_down=is_down), threading.Event())

    assert (sample.outcome, sample.error) == (Outcome.OK, None)
    assert sample.flow.bps is not None
    assert sample.flow.bps > 10e6
    assert sample.flow.sent is None


@needs_iperf3
@pytest.mark.parametrize("is_down", [True, False])
def test_udp_has_rate_jitter_and_loss_in_either_direction(is_down: bool) -> None:
    with server() as port:
        sample = measure_iperf(loopback(), a_test(port, Kind.UDP, is_down=is_down), threading.Event())

    assert sample.outcome is Outcome.OK
    assert sample.flow.bps == pytest.approx(5e6, rel=0.2)
    assert sample.flow.jitter_us is not None
    assert sample.flow.sent is not None
    assert sample.flow.sent > 300
    assert sample.flow.lost == 0


@needs_iperf3
def test_a_server_that_is_not_there_has_failed() -> None:
    sample = measure_iperf(loopback(), a_test(free_port(1)), threading.Event())

    assert sample.outcome is Outcome.FAILED
    assert "unable to connect" in str(sample.error)


def test_without_the_program_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    sample = measure_iperf(loopback(), a_test(1), threading.Event())

    assert sample == IperfSample(Outcome.UNMEASURED, error="iperf3 is not installed (Debian package iperf3)")


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program of that name that never ends; returns the file it writes its number to."""
    noted = tmp_path / "pid"
    program = tmp_path / "iperf3"
    program.write_text(f"#!/bin/sh\necho $$ > {noted}\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return noted


def is_alive(noted: Path) -> bool:
    return Path(f"/proc/{noted.read_text().strip()}").exists()


def test_a_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, sleeper: Path) -> None:
    monkeypatch.setattr(iperf, "GRACE_S", -0.6)

    sample = measure_iperf(loopback(), a_test(1), threading.Event())

    assert sample.outcome is Outcome.FAILED
    assert "no result" in str(sample.error)
    assert not is_alive(sleeper)


def test_a_program_does_not_outlive_the_daemon(sleeper: Path) -> None:
    stopping = threading.Event()
    threading.Timer(0.3, stopping.set).start()

    assert measure_iperf(loopback(), a_test(1, seconds=30), stopping).error == "stopped"
    assert not is_alive(sleeper)


def test_a_mark_cannot_be_carried(sleeper: Path) -> None:
    sample = measure_iperf(loopback(mark=7), a_test(1), threading.Event())

    assert sample.outcome is Outcome.UNMEASURED
    assert not sleeper.exists()


def test_it_is_bound_to_device_and_source() -> None:
    words = " ".join(arguments(loopback(), a_test(5201, Kind.UDP)))

    assert "--bind-dev lo -B 127.0.0.1" in words
    assert "-u -b 5000000" in words
    assert words.endswith("-R")


def test_the_receiver_is_believed_not_the_sender() -> None:
    end = {"sum_sent": {"bits_per_second": 9e6}, "sum_received": {"bits_per_second": 4e6}}

    assert read_report(json.dumps({"end": end})) == IperfSample(Outcome.OK, Flow(4e6))


def test_a_busy_server_says_nothing_of_the_line() -> None:
    said = {"end": {}, "error": "error - the server is busy running a test. try again later"}

    found = read_report(json.dumps(said))
    assert (found.outcome, found.is_busy) == (Outcome.UNMEASURED, True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"end": {}}', '{"end": {"sum_received": 7}}'])
def test_a_report_that_cannot_be_read_is_no_measurement(text: str) -> None:
    assert read_report(text).outcome is Outcome.UNMEASURED
