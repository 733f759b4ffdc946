"""What sampling six protocols costs: ``python -m tests.benchmarks.bench_sampling`` (root).

A daemon with ten uplinks on the defaults, first without and then with a reflector that is sampled by every protocol
each five seconds: CPU and memory of the whole daemon from /proc, and bytes on the wire beside what ``decide.sampling``
plans. Throughput tests are off.
"""

import json
import os
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ispstatus.decide.sampling import bytes_per_s
from ispstatus.model.uplink import Reflector
from tests.benchmarks.bench_idle import network_bytes
from tests.benchmarks.bench_memory import memory_mib
from tests.benchmarks.netlab import SITES, TARGETS, NetLab, why_not
from tests.benchmarks.report import Row, at_most, run, told
from tests.helpers.make import an_uplink

UPLINKS = 10
CPU_BAR_PCT, MEMORY_BAR_MIB = 2.0, 80
WITHIN = 0.10
_SETTLE_S = 20.0
_PORT = 18080


@dataclass(frozen=True, slots=True)
class Cost:
    """What one daemon took."""

    cpu_pct: float
    """Of one core."""
    engine_pct: float
    """Of it, its busiest thread: the engine."""
    memory_mib: float
    bytes_per_s: float
    """Of one uplink."""


def configuration(reflector: str) -> str:
    """Return a file with ten uplinks, and the built-in kinds of checks towards the lab's servers."""
    plain, tls = SITES
    lines = [
        "[web]",
        f'listen = ["127.0.0.1:{_PORT}"]',
        "[probe]",
        f"ping = {json.dumps(TARGETS[4])}",
        f'http = [{{ url = "http://{plain}/", status = 204 }}, {{ url = "https://{tls}/", status = 204 }}]',
        f"resolvers = {json.dumps(TARGETS[4][:2])}",
        f'resolve = ["{plain}"]',
        "[throughput]",
        'trains_every_min = "off"',
        reflector,
    ]
    for number in range(1, UPLINKS + 1):
        lines += ["[[uplink]]", f'name = "up{number}"', f'interface = "up{number}"', "nat = false"]
    return "\n".join(lines) + "\n"


def cost_of(lab: NetLab, folder: Path, reflector: str, seconds: int) -> Cost:
    """Run a daemon for so long and return what it took."""
    folder.mkdir()
    file = folder / "ispstatus.toml"
    file.write_text(configuration(reflector))
    command = [sys.executable, "-m", "ispstatus", "run", "--state-dir", str(folder), "--config", str(file)]
    daemon = lab.spawn(lab.near, ["env", f"SSL_CERT_FILE={lab.folder / 'ca.pem'}", *command], wait_for="ready: ")
    try:
        time.sleep(_SETTLE_S)
        before, began = _meters(lab, daemon.pid), time.monotonic()
        time.sleep(seconds)
        after, passed_s = _meters(lab, daemon.pid), time.monotonic() - began
        memory = memory_mib(daemon.pid, "VmRSS")
    finally:
        daemon.kill()
        daemon.wait(10)
    threads = [after[0][tid] - before[0].get(tid, 0.0) for tid in after[0]]
    return Cost(
        100 * sum(threads) / passed_s,
        100 * max(threads) / passed_s,
        memory,
        (after[1] - before[1]) / passed_s / UPLINKS,
    )


def _meters(lab: NetLab, pid: int) -> tuple[dict[str, float], int]:
    """Return CPU seconds by thread, and the bytes of all uplinks."""
    ticks = {task.name: _cpu_s(task) for task in Path(f"/proc/{pid}/task").iterdir()}
    shown = json.loads(lab.run(lab.near, ["ip", "-j", "-s", "link"]))
    return ticks, sum(network_bytes(link["stats64"]) for link in shown if link["ifname"].startswith("up"))


def _cpu_s(task: Path) -> float:
    fields = (task / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    with tempfile.TemporaryDirectory() as name, NetLab(UPLINKS) as lab:
        folder = Path(name)
        lab.serve_web()
        far = [sys.executable, "-m", "ispstatus", "reflector", "--state-dir", str(folder), "--allow", "10.50.0.0/16"]
        lab.spawn(lab.far, far, wait_for="ready: ")
        without = cost_of(lab, folder / "without", "", options.seconds)
        sampled = cost_of(lab, folder / "with", f'[reflector]\nhost = "{TARGETS[4][0]}"', options.seconds)
    planned = bytes_per_s(an_uplink(reflector=Reflector(TARGETS[4][0])), 4)
    added = sampled.bytes_per_s - without.bytes_per_s
    return (
        told(f"{UPLINKS} uplinks without a reflector: CPU", without.cpu_pct, " % of one"),
        at_most("sampled by six protocols each 5 s: CPU more", sampled.cpu_pct - without.cpu_pct, CPU_BAR_PCT, " %"),
        told("    CPU in all; of it the engine", f"{sampled.cpu_pct:.2f} %; {sampled.engine_pct:.2f} %"),
        at_most("    resident", sampled.memory_mib, MEMORY_BAR_MIB, " MiB"),
        at_most("    bytes on the wire / planned", added / planned, 1 + WITHIN),
        told("    bytes a second and uplink more", added, " B/s"),
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, why_not, measure, seconds=120))
