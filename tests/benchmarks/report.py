"""What every benchmark prints: one small table of what was measured, the bar, and whether it is held."""

import argparse
import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HELD, MISSED, SKIPPED = 0, 1, 77
_WORDS = {True: "held", False: "MISSED", None: ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    bar: str = ""
    is_held: bool | None = None
    """None: told, not judged."""


def at_most(what: str, value: float, bar: float, unit: str = "", *, told: str = "") -> Row:
    """Return a row whose value must not exceed ``bar``; ``told`` stands behind the value."""
    return Row(what, f"{value:.4g}{unit}{told}", f"<= {bar:g}{unit}", value <= bar)


def told(what: str, value: float | str, unit: str = "") -> Row:
    """Return a row without a bar."""
    return Row(what, value if isinstance(value, str) else f"{value:.4g}{unit}")


def spread(values: Sequence[float]) -> str:
    """Return least, median and greatest of some values."""
    ordered = sorted(values)
    return f"{ordered[0]:.4g} / {statistics.median(ordered):.4g} / {ordered[-1]:.4g}"


def show(title: str, rows: Sequence[Row]) -> int:
    """Print the table and what the machine was busy with; return the exit code."""
    head = Row(title, "measured", "bar")
    widths = [max(len(text) for text in column) for column in zip(*map(_cells, (head, *rows)), strict=True)]
    for row in (head, *rows):
        print("  ".join(text.ljust(width) for text, width in zip(_cells(row), widths, strict=True)).rstrip())
    load = Path("/proc/loadavg").read_text().split()[0]
    print(f"(Linux {platform.release()}, Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load})")
    return MISSED if any(row.is_held is False for row in rows) else HELD


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.what, row.measured, row.bar, _WORDS[row.is_held]


def run(
    doc: str | None,
    why_not: Callable[[], str | None],
    measure: Callable[[argparse.Namespace], Sequence[Row]],
    **options: int,
) -> int:
    """Run a benchmark from the command line; every option is a number with its default.

    Returns 0 when every bar is held, 1 when one is missed, 77 when it cannot run here.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in options.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default}")
    chosen = parser.parse_args()
    title = Path(sys.argv[0]).stem
    if reason := why_not():
        print(f"{title}: skipped: {reason}")
        return SKIPPED
    return show(title, measure(chosen))
