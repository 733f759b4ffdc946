"""What /api/history costs beside sending the same bytes: ``python -m tests.benchmarks.bench_history``.

The product's server and, as its measure, the same server sending the same stored bytes: 24 h and 90 d, gzip, no
conditional header. First after a start: the first request but /healthz of a process of its own, for either. First after
new data: the clock moves on by one bucket, so that nothing made before can be sent again. One client, one connection,
in turns; the server's CPU for each answer, which is what the client waits for where nothing else runs, and does not
depend on what else does. Ratios of medians. The same with 365 days stored.
"""

import contextlib
import http.client
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from urllib.parse import quote

from tests.benchmarks.peers import cpu_of
from tests.benchmarks.report import Row, at_most, run, spread, told
from tests.web.box import FIBRE, Hands, fill

BARS = {"24h": 3.0, "90d": 5.0}
DEPTH_BAR = 1.1
_GZIP = {"Accept-Encoding": "gzip"}
_IN_TURN = 10
_AFTER_S = 0.003
"""The server goes on for a moment when the answer is there already."""


class Server:
    """A child process that serves one database, and one client's connection to it."""

    def __init__(self, database: Path) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.history_server", str(database)]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._child.stdout
        port = int(self._child.stdout.readline().split()[1])
        self._client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.get("/healthz")

    def get(self, path: str) -> bytes:
        """GET; return the body."""
        self._client.request("GET", path, headers=_GZIP)
        answer = self._client.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body

    def cost(self, path: str) -> float:
        """GET; return how many milliseconds of CPU the server took."""
        before = cpu_of(self._child.pid)
        self.get(path)
        time.sleep(_AFTER_S)
        return (cpu_of(self._child.pid) - before) * 1e3

    def close(self) -> None:
        """End the process."""
        self._client.close()
        self._child.kill()
        self._child.communicate()


@contextlib.contextmanager
def serving(database: Path) -> Iterator[Server]:
    """Serve until the block ends."""
    server = Server(database)
    try:
        yield server
    finally:
        server.close()


def history(range_: str) -> str:
    """Return the path that is measured."""
    return f"/api/history?name={quote(FIBRE)}&range={range_}"


def kept(range_: str) -> str:
    """Return the path of the same bytes."""
    return f"/bench/kept/{range_}.kept"


def after_start(database: Path, path: str) -> float:
    """Return the cost of the first answer of a fresh process."""
    with serving(database) as server:
        return server.cost(path)


def after_news(server: Server, path: str) -> list[float]:
    """Return the cost of first answers with new data."""
    times = []
    for _ in range(_IN_TURN):
        server.get("/bench/later")
        times.append(server.cost(path))
    return times


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ispstatus-bench-") as folder:
        quarter, year = (stored(Path(folder), days) for days in (90, 365))
        for range_, bar in BARS.items():
            starts = [[after_start(quarter, path(range_)) for path in (history, kept)] for _ in range(options.starts)]
            rows += compared(
                f"{range_}, first after a start", [ours for ours, _ in starts], [its for _, its in starts], bar
            )
            news, same, deep_news = in_turns(quarter, year, range_, options.rounds)
            rows += compared(f"{range_}, first after new data", news, same, bar)
            depth = median(deep_news) / median(news)
            rows.append(at_most(f"{range_}, 365 days stored / 90 days stored", depth, DEPTH_BAR))
    return rows


def in_turns(quarter: Path, year: Path, range_: str, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Return costs after new data, of the bytes kept, and after new data with a year behind it."""
    news: list[float] = []
    same: list[float] = []
    deep_news: list[float] = []
    with serving(quarter) as server, serving(year) as deep:
        for _ in range(rounds):
            news += after_news(server, history(range_))
            deep_news += after_news(deep, history(range_))
            same += after_news(server, kept(range_))
    return news, same, deep_news


def compared(what: str, ours: Sequence[float], same: Sequence[float], bar: float) -> tuple[Row, ...]:
    """Return the ratio with its bar, and what it is made of."""
    return (
        at_most(f"{what} / the same bytes kept", median(ours) / median(same), bar),
        told("    CPU ms, least / median / most", spread(ours)),
        told("    CPU ms of the bytes kept", spread(same)),
    )


def stored(folder: Path, days: int) -> Path:
    """Return a database with so many days behind it, and beside it the answers as they are."""
    place = folder / str(days)
    place.mkdir()
    database = fill(place, Hands().clock(), days)
    with serving(database) as server:
        for range_ in BARS:
            (place / f"{range_}.kept").write_bytes(server.get(history(range_)))
    return database


if __name__ == "__main__":
    sys.exit(run(__doc__, lambda: None, measure, starts=15, rounds=5))
