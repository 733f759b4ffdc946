"""What one round of checks costs: ours beside the Debian blackbox exporter and fping, interleaved, in one lab.

    python -m tests.benchmarks.bench_cycle [--rounds 30] [--uplinks 10]

10 uplinks x (gateway + 3 targets + 2 HTTP) = 40 echoes and 20 requests. Prints JSON; exits 1 when a bar is missed.
A missing peer skips its ratio, never passes it. Absolute times are printed, never judged.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.netlab import NetLab, why_not
from tests.benchmarks.peers import Exporter, Fping
from tests.benchmarks.rounds import OurRound, Scheme

PLAIN_BAR = 0.6
ECHO_BAR = 0.15
BLACKHOLE_SLACK_S = 0.3
NOISY = 1.5
WARM_UP = 2


@dataclass(slots=True)
class Series:
    """What repeated runs of one thing cost."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    failures: int = 0

    def add(self, run: Callable[[], tuple[float, int]]) -> None:
        """Run once; ``run`` returns CPU seconds and how many checks failed."""
        started = time.monotonic()
        cpu_s, failures = run()
        self.wall_s.append(time.monotonic() - started)
        self.cpu_s.append(cpu_s)
        self.failures += failures

    def report(self) -> dict[str, Any]:
        """Return the figures, milliseconds."""
        cpu = statistics.median(self.cpu_s)
        return {
            "cpu_ms_p50": round(cpu * 1e3, 2),
            "cpu_ms_min": round(min(self.cpu_s) * 1e3, 2),
            "wall_ms_p50": round(statistics.median(self.wall_s) * 1e3, 2),
            "failed_checks": self.failures,
            "noisy": cpu / min(self.cpu_s) > NOISY,
        }


def compare(ours: Callable[[], tuple[float, int]], peer: Callable[[], tuple[float, int]] | None, rounds: int) -> Any:
    """Run both in turn; report the median of the per-round CPU ratios."""
    mine, theirs = Series(), Series()
    for number in range(rounds + WARM_UP):
        if number == WARM_UP:
            mine, theirs = Series(), Series()
        mine.add(ours)
        if peer is not None:
            theirs.add(peer)
    if peer is None:
        return {"ours": mine.report(), "peer": None, "ratio": None}
    ratios = [a / b for a, b in zip(mine.cpu_s, theirs.cpu_s, strict=True)]
    return {"ours": mine.report(), "peer": theirs.report(), "ratio": round(statistics.median(ratios), 3)}


def judge(row: dict[str, Any], bar: float | None) -> dict[str, Any]:
    """Add the bar and whether it is held; a ratio without a peer, or with failed checks, is not."""
    row["bar"] = bar
    if row["ratio"] is None:
        row["held"] = None
        row["skipped"] = "peer is not installed"
    else:
        is_valid = row["ours"]["failed_checks"] == 0 and row["peer"]["failed_checks"] == 0
        row["held"] = is_valid and (bar is None or row["ratio"] <= bar)
    return row


def blackhole(lab: NetLab, numbers: Sequence[int]) -> dict[str, Any]:
    """Return how long a round takes when nothing answers any more."""
    round_ = OurRound(lab, numbers, scheme="http", echoes=3)
    try:
        round_.run()
        lab.blackhole(numbers)
        started = time.monotonic()
        cpu_s, _ = round_.run()
        wall_s = time.monotonic() - started
    finally:
        lab.heal()
        round_.stop()
    limit_s = round_.longest_s + BLACKHOLE_SLACK_S
    return {
        "uplinks": len(numbers),
        "wall_s": round(wall_s, 3),
        "limit_s": limit_s,
        "cpu_ms": round(cpu_s * 1e3, 2),
        "held": wall_s <= limit_s,
    }


def measure(lab: NetLab, uplinks: int, rounds: int) -> dict[str, Any]:
    """Return every row."""
    numbers = range(1, uplinks + 1)
    ca_file = lab.serve_web()
    os.environ["SSL_CERT_FILE"] = str(ca_file)
    lab.enter()
    rows: dict[str, Any] = {}
    both: tuple[tuple[str, Scheme, float | None], ...] = (("plain", "http", PLAIN_BAR), ("tls", "https", None))
    for name, scheme, bar in both:
        exporter = Exporter(lab, numbers, scheme, ca_file) if Exporter.is_installed() else None
        round_ = OurRound(lab, numbers, scheme=scheme)
        rows[name] = judge(compare(round_.run, exporter.run if exporter else None, rounds), bar)
        round_.stop()
        if exporter:
            exporter.stop()
    fping = Fping(lab, numbers) if shutil.which("fping") else None
    round_ = OurRound(lab, numbers, scheme=None)
    rows["echo"] = judge(compare(round_.run, fping.run if fping else None, rounds), ECHO_BAR)
    round_.stop()
    rows["blackhole"] = [blackhole(lab, range(1, count + 1)) for count in (3, lab.uplinks)]
    return rows


def main() -> int:
    """Print the report; 0 when every bar is held, 1 when not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--uplinks", type=int, default=10)
    options = parser.parse_args()
    reason = why_not()
    if reason is not None:
        print(json.dumps({"skipped": reason}))
        return 0
    with NetLab(max(20, options.uplinks)) as lab:
        rows = measure(lab, options.uplinks, options.rounds)
    held = [row["held"] for row in (rows["plain"], rows["tls"], rows["echo"], *rows["blackhole"])]
    report = {"machine": machine(), "rounds": options.rounds, "rows": rows, "held": all(h is not False for h in held)}
    print(json.dumps(report, indent=2))
    return 0 if report["held"] else 1


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    return {
        "kernel": platform.release(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "exporter": _version("prometheus-blackbox-exporter", "--version"),
        "fping": _version("fping", "-v"),
    }


def _version(tool: str, option: str) -> str | None:
    if shutil.which(tool) is None:
        return None
    done = subprocess.run([tool, option], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
