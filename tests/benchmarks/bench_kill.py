"""Kills under load: ``python -m tests.benchmarks.bench_kill [--times 300] [--folder DIR]`` (root).

Clients ask and a cable is pulled while the daemon is killed (SIGKILL) at random moments. After each kill the file must
be sound and hold whatever an answer called ``persisted: true``, equal or worse; the next start must be ready in 3 s.
With ``--folder`` a later run goes on with the same database and adds up: 300 kills take a quarter of an hour.
Prints a table; exits 1 when a bar is missed.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.e2e.killing import Kills, kill_under_load
from tests.e2e.worlds import NAMES, name_uplinks
from tests.lab.daemon import Daemon
from tests.lab.topology import WanLab, why_not

READY_S = 3.0


def run(folder: Path, times: int) -> Kills:
    """Kill so many times more; what earlier runs in this folder came to is included and written down each time."""
    notes = folder / "kills.json"
    kills = Kills(**json.loads(notes.read_text())) if notes.exists() else Kills()
    with WanLab() as lab, Daemon(lab, folder / "state", name_uplinks()) as daemon:
        for _ in range(times):
            kill_under_load(daemon, kills)
            notes.write_text(json.dumps(asdict(kills)))
        daemon.wait_until_up(NAMES, within_s=20)
    return kills


def table(kills: Kills) -> list[tuple[str, str, str, bool]]:
    """Return rows of what, measured, bar, and whether it holds."""
    slowest = max(kills.ready_s, default=0.0)
    return [
        ("kills", str(len(kills.ready_s)), "300", True),
        ("answers under load", str(kills.answers), "", True),
        ("verdicts called persisted", str(kills.promised), "> 0", kills.promised > 0),
        ("of them DOWN", str(kills.down_promised), "> 0", kills.down_promised > 0),
        ("of them not found, equal or worse", str(len(kills.lost)), "0", not kills.lost),
        ("corrupt files", str(kills.corrupt), "0", kills.corrupt == 0),
        ("ready after, median", f"{statistics.median(kills.ready_s):.2f} s", "", True),
        ("ready after, slowest", f"{slowest:.2f} s", f"< {READY_S:.0f} s", slowest < READY_S),
    ]


def main(argv: list[str]) -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=300, metavar="N", help="kills of this run (default 300)")
    parser.add_argument("--fast", action="store_true", help="ten kills: does it work at all")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep database and totals here, and go on from them")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args(argv)
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return 0
    random.seed(options.seed)
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        kills = run(folder, 10 if options.fast else options.times)
    rows = table(kills)
    for what, measured, bar, holds in rows:
        print(f"{what:36}{measured:>10}  {bar:8}{'' if holds else 'MISSED'}")
    for words in kills.lost[:20]:
        print(words)
    return 0 if all(holds for *_, holds in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
