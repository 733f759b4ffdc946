"""What a cycle costs beside the Debian blackbox exporter: ``python -m tests.benchmarks.bench_cycle`` (root).

Ten uplinks x (gateway + 3 targets + 2 HTTP) = 40 echoes and 20 requests, in one lab, in turns. Ours are whole cycles of
the product: path proof, names through two resolvers, checks, verdict, and the commit of a minute, on its real threads;
the exporter does the sixty checks (by address: it needs no names). CPU of either process, its driving client left out;
the ratio is the median of the rounds' ratios. Then the same with TLS, and the echoes alone beside ten fping.
A ratio does not count when a check failed; a peer that is not installed is told, never passed.
"""

import os
import shutil
import statistics
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import closing

from tests.benchmarks.cycles import Cycles
from tests.benchmarks.netlab import NetLab, why_not
from tests.benchmarks.peers import Exporter, Fping
from tests.benchmarks.report import Row, run, spread, told
from tests.benchmarks.rounds import EchoRound

BARS: dict[str, float | None] = {"http": 0.6, "https": None, "echo": 0.15}
_WARM_UP = 3
_MS = 1000.0
Run = Callable[[], tuple[float, int]]
"""One round; returns CPU seconds and how many checks failed."""


def compare(what: str, ours: Run, peer: Run, bar: float | None, rounds: int) -> tuple[Row, ...]:
    """Run both in turn; return the ratio with its bar, and what it is made of."""
    pairs = [(ours(), peer()) for _ in range(_WARM_UP + rounds)][_WARM_UP:]
    ratio = statistics.median(mine / theirs for (mine, _), (theirs, _) in pairs)
    failed = [sum(failures for _, failures in column) for column in zip(*pairs, strict=True)]
    words = f"{ratio:.3f}" + (f" ({failed[0]} of ours and {failed[1]} of its checks failed)" if any(failed) else "")
    spent = [spread([cpu_s * _MS for cpu_s, _ in column]) for column in zip(*pairs, strict=True)]
    return (
        told(what, words) if bar is None else Row(what, words, f"<= {bar}", ratio <= bar and not any(failed)),
        told("    CPU ms, least / median / most", spent[0]),
        told("    CPU ms of the peer", spent[1]),
    )


def whole(lab: NetLab, scheme: str, options: Namespace) -> tuple[Row, ...]:
    """Compare whole cycles with the exporter."""
    if not Exporter.is_installed():
        return (told(f"cycle, {scheme}", "prometheus-blackbox-exporter is not installed"),)
    numbers = range(1, options.uplinks + 1)
    with closing(Cycles(numbers, scheme, lab.folder)) as ours, closing(Exporter(lab, numbers, scheme)) as peer:
        what = f"cycle, {scheme} / blackbox exporter"
        return compare(what, ours.run, peer.run, BARS[scheme], options.rounds)


def echoes(lab: NetLab, options: Namespace) -> tuple[Row, ...]:
    """Compare the echoes with fping, one per uplink."""
    if not shutil.which("fping"):
        return (told("echoes", "fping is not installed"),)
    numbers = range(1, options.uplinks + 1)
    with closing(EchoRound(lab, numbers)) as ours:
        what = f"echoes alone / {options.uplinks} fping"
        return compare(what, ours.run, Fping(lab, numbers).run, BARS["echo"], options.rounds)


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    with NetLab(options.uplinks) as lab:
        os.environ["SSL_CERT_FILE"] = str(lab.serve_web())
        lab.enter()
        return (*whole(lab, "http", options), *whole(lab, "https", options), *echoes(lab, options))


if __name__ == "__main__":
    sys.exit(run(__doc__, why_not, measure, rounds=30, uplinks=10))
