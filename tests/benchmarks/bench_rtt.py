"""Whether our round trips are true: ``python -m tests.benchmarks.bench_rtt`` (root).

Echoes of the product's engine beside ping and fping on one idle veth pair, in turns; then with a 90-day export being
made again and again in the same process, fping beside us at the same time. Echoes leave 12 ms apart: below 10 ms ping
spins instead of sleeping and is no longer comparable.
"""

import contextlib
import re
import statistics
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath

from ispstatus.clock import SYSTEM
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine
from ispstatus.web.factory import create_app
from tests.benchmarks.netlab import NetLab, why_not
from tests.benchmarks.report import Row, at_most, run, spread, told
from tests.web.box import Box, Hands, fill

IDLE_BAR_US = 25.0
BUSY_BAR_US = 1000.0
INTERVAL_S = 0.012
ROUNDS = 5
TIMEOUT_S = 1.0
_EXPORTS = ("/api/history?name=MTN%20LTE&range=90d", "/api/history.csv?name=MTN%20LTE&range=90d")


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
def exporting(folder: FilePath) -> Iterator[None]:
    """Keep a thread of this process making 90-day exports, as a client that asks again and again would."""
    database = fill(folder, Hands().clock(), 90)
    client = create_app(Box(database).deps()).test_client()
    stop = threading.Event()

    def export() -> None:
        while not stop.is_set():
            for path in _EXPORTS:
                for _ in client.get(path, headers={"Host": "127.0.0.1"}).response:
                    if stop.is_set():
                        return

    thread = threading.Thread(target=export, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    with NetLab(1) as lab:
        lab.enter()
        path, address = lab.path(1), lab.gateway(1)
        OurEchoes(path, address, 20).run()
        idle, rows = measure_idle(path, address, options.echoes // ROUNDS)
        with exporting(lab.folder), ThreadPoolExecutor() as pool:
            beside = pool.submit(fping, path.device, address, options.echoes)
            busy = OurEchoes(path, address, options.echoes).run()
            busy_fping = beside.result()
    off_by_us = abs(statistics.median(busy) - statistics.median(busy_fping))
    strange = sum(not 0.0 <= value <= TIMEOUT_S * 1e6 for value in idle + busy)
    return (
        *rows,
        at_most("90-day exports running, median, off fping's by", off_by_us, BUSY_BAR_US, " us"),
        told("    us, least / median / most", spread(busy)),
        told("    us of fping at the same time", spread(busy_fping)),
        at_most("negative or over the timeout", strange, 0),
        told("unanswered", 2 * options.echoes - len(idle) - len(busy)),
    )


def measure_idle(path: Path, address: str, count: int) -> tuple[list[float], tuple[Row, ...]]:
    """Return our round trips and the rows of the idle link."""
    idle: list[float] = []
    by_ping: list[float] = []
    by_fping: list[float] = []
    differences: list[float] = []
    for _ in range(ROUNDS):
        ours, theirs = OurEchoes(path, address, count).run(), ping(path.device, address, count)
        differences.append(statistics.median(ours) - statistics.median(theirs))
        idle, by_ping = idle + ours, by_ping + theirs
        by_fping += fping(path.device, address, count)
    return idle, (
        at_most("idle, median, off ping's by", abs(statistics.median(differences)), IDLE_BAR_US, " us"),
        told("    us, least / median / most", spread(idle)),
        told("    us of ping", spread(by_ping)),
        told("    us of fping", spread(by_fping)),
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, why_not, measure, echoes=500))
