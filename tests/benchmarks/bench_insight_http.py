"""What the Insight API costs per request, key check and JSON included: 50 agents with six protocols for a week.

    python -m tests.benchmarks.bench_insight_http [--days N] [--database FILE]

No root and no network; three minutes, or seconds on a database that ``insight_week.fill`` made before. Prints JSON with
the median CPU milliseconds of each request. Exits 1 when one takes more than 50 ms. Every protocol side by side over
days is bound by its size, of megabytes: of these it tells what a thousand rows cost.
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
ROUNDS = 15
ABOUT = "customer_id=0&agent_id=7"
REQUESTS = (
    f"ci?{ABOUT}",
    f"lifbe?{ABOUT}",
    f"latency?{ABOUT}&protocol=tcp&time_range=400",
    f"latency?{ABOUT}&time_range=3600",
    f"latency?{ABOUT}&protocol=tcp&time_range=86400",
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
LONG = tuple(f"latency?{ABOUT}&time_range={days * 86_400}" for days in (1, 2, 7))


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


def measure(client: FlaskClient, request: str, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median CPU milliseconds of a request, its size, and of a long one what its rows cost."""
    took, text, body = [], b"", None
    for _ in range(rounds):
        start = time.process_time()
        reply = client.get(f"/api/v1/{request}")
        text = reply.data
        took.append((time.process_time() - start) * 1000)
        assert reply.status_code == 200, text
        body = reply.get_json()
    ms, size_mb = median(took), len(text) / 1e6
    figures = {"cpu_ms": round(ms, 2)}
    if isinstance(body, list) and len(body) > 1:
        figures |= {"rows": len(body), "mb": round(size_mb, 2)}
        if request in LONG:
            figures |= {"cpu_ms_a_thousand_rows": round(1000 * ms / len(body), 2)}
            figures |= {"mb_a_second": round(1000 * size_mb / ms)}
    return figures


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--database", type=Path, help="made before; it gets one more key")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.database is None:
            fill(Path(folder), options.days)
        client = a_client(options.database or Path(folder) / "ispstatus.db")
        found = {request: measure(client, request) for request in REQUESTS}
        long = {request: measure(client, request, 5) for request in LONG}
    print(json.dumps(found | long, indent=1))
    return int(any(figures["cpu_ms"] > BAR_MS for figures in found.values()))


if __name__ == "__main__":
    sys.exit(main())
