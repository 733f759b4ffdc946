"""iperf3 through one uplink: the program does the work, bound to device and source, and we read what it reports.

It fills the line for as long as it runs. It blocks, so it runs on a thread of whoever asks, never on the engine's.
"""

import json
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome
from ispstatus.model.throughput import Flow

PROGRAM = "iperf3"
UDP_PAYLOAD_BYTES = 1200
CONNECT_MS = 3000
GRACE_S = 10.0
"""How much longer than its test the program may take: to connect, to exchange results."""

_LOOK_S = 0.2


class Kind(StrEnum):
    """What carries the test."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True)
class IperfTest:
    """What is asked of the program."""

    address: str
    port: int
    kind: Kind
    is_down: bool
    """The server sends (iperf3's reverse mode)."""
    seconds: int
    udp_mbps: float = 10.0


@dataclass(frozen=True, slots=True)
class IperfSample:
    """What it reported."""

    outcome: Outcome
    flow: Flow = field(default_factory=Flow)
    error: str | None = None
    is_busy: bool = False
    """The server runs another test: it does one at a time, and is not done with one the moment its client is."""


def measure_iperf(path: Path, test: IperfTest, stopping: threading.Event) -> IperfSample:
    """Run one test in one direction and return what its receiver saw.

    UNMEASURED when there is no iperf3, when it cannot be bound to the uplink, when the server is busy, or when
    ``stopping`` is set meanwhile; FAILED when it gave no result in its time. The program never outlives this.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        return _unmeasured("iperf3 is not installed (Debian package iperf3)")
    if path.mark:
        return _unmeasured("iperf3 cannot mark its packets, and this uplink's must be")
    if path.source is None:
        return _unmeasured(f"{path.device} has no IPv{path.family} address")
    command = [program, *arguments(path, test)]
    with subprocess.Popen(  # noqa: S603  a fixed program; addresses and names were checked with the configuration
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            return _follow(process, test.seconds + GRACE_S, stopping)
        finally:
            process.kill()


def arguments(path: Path, test: IperfTest) -> list[str]:
    """Return the command line of one test."""
    words = ["-c", test.address, "-p", str(test.port), "-J", "-t", str(test.seconds), f"-{path.family}"]
    words += ["--bind-dev", path.device, "-B", str(path.source), "--connect-timeout", str(CONNECT_MS)]
    if test.kind is Kind.UDP:
        words += ["-u", "-b", f"{test.udp_mbps * 1e6:.0f}", "-l", str(UDP_PAYLOAD_BYTES)]
    return [*words, "-R"] if test.is_down else words


def read_report(text: str) -> IperfSample:
    """Return what a report (``iperf3 -J``) says the receiver got."""
    try:
        report = json.loads(text)
        error = report.get("error")
        if error is not None:
            is_busy = "busy" in error
            outcome = Outcome.UNMEASURED if is_busy else Outcome.FAILED
            return IperfSample(outcome, error=f"iperf3: {error}", is_busy=is_busy)
        return IperfSample(Outcome.OK, _flow(report["end"]))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        return _unmeasured(f"iperf3's report cannot be read: {problem!r}")


def _flow(end: dict[str, Any]) -> Flow:
    received = end["sum_received"]
    counted = received if "packets" in received else end.get("sum", {})
    jitter_ms = counted.get("jitter_ms")
    return Flow(
        bps=float(received["bits_per_second"]),
        jitter_us=None if jitter_ms is None else jitter_ms * 1000,
        sent=counted.get("packets"),
        lost=counted.get("lost_packets"),
    )


def _follow(process: "subprocess.Popen[str]", within_s: float, stopping: threading.Event) -> IperfSample:
    waited_s = 0.0
    while waited_s < within_s and not stopping.is_set():
        try:
            return read_report(process.communicate(timeout=_LOOK_S)[0])
        except subprocess.TimeoutExpired:
            waited_s += _LOOK_S
    if stopping.is_set():
        return _unmeasured("stopped")
    return IperfSample(Outcome.FAILED, error=f"iperf3 gave no result in {within_s:.0f} s")


def _unmeasured(why: str) -> IperfSample:
    return IperfSample(Outcome.UNMEASURED, error=why)
