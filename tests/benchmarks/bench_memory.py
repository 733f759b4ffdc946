"""What the daemon takes of the machine's memory: ``python -m tests.benchmarks.bench_memory`` (root).

Resident set of a daemon in the lab with ninety days behind it: with three uplinks on the defaults, then with ten that
are sampled by all six protocols. Each when it has run for a minute and a half, when every documented route of every
family was called, and after forty 90-day exports, none of them zipped, four at a time (CSV downloads two at a time).
"""

import re
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import filterfalse
from pathlib import Path

from tests.benchmarks.filled import TEN, open_filled_world
from tests.benchmarks.report import Row, at_most, run, told
from tests.e2e.worlds import World
from tests.lab.topology import why_not

ROUTES_BAR_MIB, EXPORTS_BAR_MIB = 76, 100
SAMPLED_BAR_MIB = 80
_SETTLE_S = 90
"""Two commits of a minute, and what is read ahead after a start."""
_NAMED = ("/api/history", "/api/history.csv")
_INSIGHT = re.compile(r"/(insight/)?api/v\d/|/v2/ci")
_ABOUT = "?customer_id=0&agent_id=1&time_range=3600"
_PUSHED = re.compile(r"(/insight)?/api/v1/ingest")
"""Takes what others push; there is nothing to get."""
_GZIP = {"Accept-Encoding": "gzip"}


def memory_mib(pid: int, field: str) -> float:
    """Return a figure of /proc/PID/status in MiB: ``VmRSS`` now, ``VmHWM`` the most there ever was."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def call_every_route(world: World) -> int:
    """Call what the list of endpoints links to, every document included; return how many that were."""
    name = next(iter(world.lab.lines))
    listed = world.daemon.get("/docs").body.decode()
    headers = {**_GZIP, "x-api-key": (world.daemon.state_dir / "insight.key").read_text().strip()}
    paths = sorted({path for path in re.findall(r'href="(/[^"#]*)"', listed) if not path.startswith("/static")})
    for path in filterfalse(_PUSHED.match, paths):
        query = _ABOUT if _INSIGHT.match(path) else f"?name={name}&range=90d" if path in _NAMED else ""
        reply = world.daemon.get(path + query, headers=headers)
        assert reply.status == 200, (path, reply.body)
    return len(paths)


def export(world: World, path: str, times: int, at_once: int) -> None:
    """Fetch one answer again and again."""

    def fetch(_: int) -> None:
        reply = world.daemon.get(path, timeout_s=60)
        assert reply.status == 200, reply.body

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(fetch, range(times)))


def figures_of(world: World, what: str, routes_bar_mib: int) -> Sequence[Row]:
    """Return the rows of one daemon."""
    pid = world.daemon.pid
    time.sleep(_SETTLE_S)
    idle = memory_mib(pid, "VmRSS")
    routes = call_every_route(world)
    called = memory_mib(pid, "VmRSS")
    for name in list(world.lab.lines)[:2]:
        export(world, f"/api/history?name={name}&range=90d", 10, at_once=4)
        export(world, f"/api/history.csv?name={name}&range=90d", 10, at_once=2)
    return (
        told(f"{what} UP, nothing asked yet", idle, " MiB"),
        at_most(f"    every documented route called once ({routes})", called, routes_bar_mib, " MiB"),
        at_most("    forty 90-day exports later", memory_mib(pid, "VmRSS"), EXPORTS_BAR_MIB, " MiB"),
        at_most("    most at any moment", memory_mib(pid, "VmHWM"), EXPORTS_BAR_MIB, " MiB"),
    )


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    with open_filled_world(options.days) as world:
        three = figures_of(world, "three uplinks", ROUTES_BAR_MIB)
    with open_filled_world(options.days, TEN, is_sampled=True) as world:
        ten = figures_of(world, "ten uplinks sampled by six protocols", SAMPLED_BAR_MIB)
    return (*three, *ten)


if __name__ == "__main__":
    sys.exit(run(__doc__, why_not, measure, days=90))
