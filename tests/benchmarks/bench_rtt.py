"""Whether our round trips are true: beside ping and fping on one idle veth pair, then with a busy interpreter.

    python -m tests.benchmarks.bench_rtt [--echoes 300]

Echoes leave 12 ms apart, because below 10 ms ping spins instead of sleeping and is no longer comparable.

Prints JSON; exits 1 when our median is more than 25 us from ping's, when the busy median is more than 1 ms from
fping's taken at the same time, or when any round trip is negative or over its timeout.
"""

import argparse
import contextlib
import json
import platform
import re
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ispstatus.clock import SYSTEM
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine
from tests.benchmarks.netlab import NetLab, why_not

IDLE_BAR_US = 25.0
BUSY_BAR_US = 1000.0
INTERVAL_S = 0.012
ROUNDS = 3
TIMEOUT_S = 1.0


class OurEchoes:
    """Echoes at a steady pace from an engine of its own."""

    def __init__(self, path: Path, address: str, count: int) -> None:
        self._path, self._address, self._count = path, address, count
        self._engine = Engine(SYSTEM)
        self._samples: list[EchoSample] = []
        self._done = threading.Event()

    def run(self) -> list[float]:
        """Return the round trips, microseconds; those unanswered are missing."""
        self._engine.start()
        self._engine.post(lambda: self._send(self._count))
        self._done.wait(self._count * INTERVAL_S * 4 + 5.0)
        self._engine.stop()
        return [sample.rtt_ms * 1000.0 for sample in self._samples if sample.rtt_ms is not None]

    def _send(self, left: int) -> None:
        if left > 1:
            self._engine.at(self._engine.clock.boot() + INTERVAL_S, lambda: self._send(left - 1))
        probe_echo(self._engine, self._path, self._address, timeout_s=TIMEOUT_S, done=self._hear)

    def _hear(self, sample: EchoSample) -> None:
        self._samples.append(sample)
        if len(self._samples) == self._count:
            self._done.set()


def ping(device: str, address: str, count: int) -> list[float]:
    """Return ping's round trips, microseconds."""
    command = ["ping", "-I", device, "-c", str(count), "-i", str(INTERVAL_S), address]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [float(text) * 1000.0 for text in re.findall(r"time=([0-9.]+) ms", shown)]


def fping(device: str, address: str, count: int) -> list[float]:
    """Return fping's round trips, microseconds."""
    pace_ms = str(int(INTERVAL_S * 1000))
    command = ["fping", "-I", device, "-C", str(count), "-q", "-p", pace_ms, address]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return [float(text) * 1000.0 for text in shown.partition(":")[2].split() if text != "-"]


@contextlib.contextmanager
def busy_interpreter() -> Iterator[None]:
    """Keep a thread encoding history-like rows, as a 90-day export would."""
    stop = threading.Event()
    rows = [{"ts": number, "state": 2, "sent": 60, "received": 60, "rtt_avg_ms": 21.5} for number in range(500)]

    def spin() -> None:
        while not stop.is_set():
            json.dumps(rows)

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def figures(values: list[float]) -> dict[str, float]:
    """Return median, 95th percentile, extremes and count, microseconds."""
    ordered = sorted(values)
    return {
        "p50_us": round(statistics.median(ordered), 1),
        "p95_us": round(ordered[int(len(ordered) * 0.95)], 1),
        "min_us": round(ordered[0], 1),
        "max_us": round(ordered[-1], 1),
        "count": len(ordered),
    }


def measure(lab: NetLab, count: int) -> dict[str, Any]:
    """Return both rows: idle, and busy with fping beside us."""
    lab.enter()
    path, address = lab.path(1), lab.gateway(1)
    device = path.device
    OurEchoes(path, address, 20).run()
    idle: list[float] = []
    by_ping: list[float] = []
    by_fping: list[float] = []
    differences: list[float] = []
    for _ in range(ROUNDS):
        ours, theirs = OurEchoes(path, address, count // ROUNDS).run(), ping(device, address, count // ROUNDS)
        differences.append(statistics.median(ours) - statistics.median(theirs))
        idle, by_ping = idle + ours, by_ping + theirs
        by_fping += fping(device, address, count // ROUNDS)
    off_by_us = statistics.median(differences)
    with busy_interpreter(), ThreadPoolExecutor() as pool:
        beside = pool.submit(fping, device, address, count)
        busy = OurEchoes(path, address, count).run()
        busy_fping = beside.result()
    is_sane = all(0.0 <= value <= TIMEOUT_S * 1e6 for value in idle + busy)
    return {
        "idle": {
            "ours": figures(idle),
            "ping": figures(by_ping),
            "fping": figures(by_fping),
            "off_by_us": round(off_by_us, 1),
            "bar_us": IDLE_BAR_US,
            "held": abs(off_by_us) <= IDLE_BAR_US and is_sane,
        },
        "busy": {
            "ours": figures(busy),
            "fping": figures(busy_fping),
            "off_by_us": round(statistics.median(busy) - statistics.median(busy_fping), 1),
            "bar_us": BUSY_BAR_US,
            "held": abs(statistics.median(busy) - statistics.median(busy_fping)) <= BUSY_BAR_US and is_sane,
        },
    }


def main() -> int:
    """Print the report; 0 when both bars are held, 1 when not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--echoes", type=int, default=300)
    options = parser.parse_args()
    reason = why_not()
    if reason is not None:
        print(json.dumps({"skipped": reason}))
        return 0
    with NetLab(1) as lab:
        rows = measure(lab, options.echoes)
    held = all(row["held"] for row in rows.values())
    print(json.dumps({"kernel": platform.release(), "rows": rows, "held": held}, indent=2))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
