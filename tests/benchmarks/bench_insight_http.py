"""What the Insight API costs per request, key check and JSON included: 50 agents with six protocols for a week.

    python -m tests.benchmarks.bench_insight_http [--days N] [--database FILE]

No root and no network; three minutes, or seconds on a database that ``insight_week.fill`` made before. Prints JSON with
the median CPU milliseconds of each request. Exits 1 when one takes more than 50 ms, but for those whose answers have
more than ten thousand rows.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient

from ispstatus.actions.keys import create_key
from ispstatus.analytics.latest import Latest
from ispstatus.model.key import INSIGHT, READ
from ispstatus.model.series import Protocol, Sample
from ispstatus.store.db import open_writer
from tests.benchmarks.insight_week import END_TS, fill
from tests.web.box import Box, Hands
from tests.web.insight.world import with_key

BAR_MS = 50.0
LONG_ROWS = 10_000
ROUNDS = 15
ABOUT = "customer_id=0&agent_id=7"
REQUESTS = (
    f"ci?{ABOUT}",
    f"lifbe?{ABOUT}",
    f"latency?{ABOUT}&protocol=tcp&time_range=400",
    f"latency?{ABOUT}&time_range=3600",
    f"latency?{ABOUT}&protocol=tcp&time_range=86400",
    f"latency?{ABOUT}&time_range=604800",
    f"geoloc?{ABOUT}",
    f"twamp?{ABOUT}",
    f"forecast?{ABOUT}",
    f"radio?{ABOUT}",
    "networks",
    "agents?customer_id=0&metadata=true",
    f"anomalies?{ABOUT}&time_range=3600",
    f"anomalies?{ABOUT}&time_range=604800",
    f"trends?{ABOUT}",
    "health-report?customer_id=0&report_period=weekly",
    "agent-rankings?customer_id=0",
    "correlation-analysis?customer_id=0",
    "correlation-analysis?customer_id=0&time_range=604800",
    "degradation-alerts?customer_id=0",
    f"iperf?{ABOUT}",
)


def a_board(boot_s: float) -> Latest:
    """Return ten minutes of six protocols every five seconds."""
    samples = [
        Sample(protocol, "reflector.example", boot_s - age_s, 9.0 + age_s % 7, is_own=True)
        for age_s in range(598, 0, -5)
        for protocol in Protocol
    ]
    return Latest(boot_s, END_TS + 17, tuple(samples), dict.fromkeys(Protocol, 5.0))


def a_client(database: Path) -> FlaskClient:
    """Return a client with a key, seventeen seconds after the last stored minute."""
    db = open_writer(database)
    hands = Hands(wall_s=END_TS + 17)
    with db.transaction():
        secret = create_key(db, INSIGHT, "benchmark", (READ,), hands.clock().now())
    db.close()
    box = Box(database, hands=hands)
    deps = replace(box.deps(), recent=lambda _: board)
    board = a_board(hands.boot_s)
    box.deps = lambda: deps  # type: ignore[method-assign]
    return with_key(box, secret)


def measure(client: FlaskClient) -> dict[str, tuple[float, int]]:
    """Return median CPU milliseconds and rows of every request."""
    return {request: _ask(client, f"/api/v1/{request}") for request in REQUESTS}


def _ask(client: FlaskClient, path: str) -> tuple[float, int]:
    took = []
    rows = 0
    for _ in range(ROUNDS):
        start = time.process_time()
        reply = client.get(path)
        took.append((time.process_time() - start) * 1000)
        assert reply.status_code == 200, reply.text
        body = reply.get_json()
        rows = len(body) if isinstance(body, list) else 1
    return round(median(took), 2), rows


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--database", type=Path, help="made before; it gets one more key")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.database is None:
            fill(Path(folder), options.days)
        found = measure(a_client(options.database or Path(folder) / "ispstatus.db"))
    print(json.dumps({request: {"cpu_ms": ms, "rows": rows} for request, (ms, rows) in found.items()}, indent=1))
    return int(any(ms > BAR_MS and rows <= LONG_ROWS for ms, rows in found.values()))


if __name__ == "__main__":
    sys.exit(main())
