"""Every benchmark in turn, and one line each at the end: ``python -m tests.benchmarks [NAME ...]`` (or ``make bench``).

Takes some twenty minutes, root, and a machine that has nothing else to do.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.report import HELD, MISSED, SKIPPED

_WORDS = {HELD: "held", MISSED: "MISSED", SKIPPED: "skipped"}


def main() -> int:
    """Run them; returns 0 when none missed a bar."""
    found = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *found], metavar="NAME", help=", ".join(found))
    codes = {name: run(name) for name in parser.parse_args().names or found}
    for name, code in codes.items():
        print(f"{name.ljust(max(map(len, codes)))}  {_WORDS.get(code, f'ended with {code}')}")
    return int(any(code not in (HELD, SKIPPED) for code in codes.values()))


def run(name: str) -> int:
    """Run one benchmark and let it speak; returns its exit code."""
    code = subprocess.run([sys.executable, "-m", f"tests.benchmarks.bench_{name}"], check=False).returncode
    print(flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
