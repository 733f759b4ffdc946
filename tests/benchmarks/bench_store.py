"""What remembering costs: ``python -m tests.benchmarks.bench_store [--days 90] [--minutes 10] [--fast]``.

Size: three uplinks, every field of every minute filled and noisy, written minute by minute through the product's own
actions, day after day; then what the pages of minute, bucket and day_chunk come to, and the samples of a day.
Syncs (root): a real daemon in the lab that nobody asks, its fsync and fdatasync counted from outside, from minute to
minute. Prints a table; exits 1 when a bar is missed.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from ispstatus.actions.minutes import record_minutes
from ispstatus.actions.rollup import close_days
from ispstatus.model.record import Minute, Run
from ispstatus.model.state import Fault, State
from ispstatus.store.db import Db, open_reader
from tests.e2e.worlds import NAMES, name_uplinks
from tests.helpers.make import NOON_TS
from tests.lab.daemon import Daemon
from tests.lab.topology import WanLab, why_not
from tests.store.kit import HandClock, a_database

UPLINKS = 3
DAY = 86_400
SAMPLED_DAYS = 2
"""As long as raw samples are kept."""
BYTES_A_MINUTE = 60.0
SYNCS_A_MINUTE = 1.1
TARGETS = ("192.0.2.1", "192.0.2.2", "192.0.2.3", "gateway")
_BROKEN = (Fault.LOCAL, Fault.ACCESS, Fault.PROVIDER, Fault.DNS)

Row = tuple[str, str, str, bool]
"""What, measured, bar, and whether it holds."""


# ---------------------------------------------------------------- size
def noisy_minute(uplink_id: int, ts: int) -> Minute:
    """A minute with something in every field."""
    up_s, degraded_s, down_s = random.randint(20, 40), random.randint(1, 8), random.randint(1, 8)
    received = random.randint(30, 71)
    rtt_us = random.randint(8_000, 90_000)
    return Minute(
        uplink_id=uplink_id,
        ts=ts,
        state=State.DOWN,
        up_s=up_s,
        degraded_s=degraded_s,
        down_s=down_s,
        excluded_s=1,
        unknown_s=59 - up_s - degraded_s - down_s,
        down_fault=random.choice(_BROKEN),
        sent=72,
        received=received,
        rtt_sum_us=received * rtt_us + random.randint(0, 999),
        rtt_max_us=rtt_us * 3 + random.randint(0, 999),
        jitter_sum_us=received * random.randint(100, 20_000),
        jitter_count=received - 2,
        http_ok=random.randint(1, 6),
        http_failed=random.randint(1, 3),
        dns_ok=random.randint(1, 9),
        dns_failed=random.randint(1, 3),
    )


def noisy_runs(uplink_id: int, ts: int) -> Iterator[Run]:
    """An echo a second around three targets and one each five seconds to the gateway, jittery, some lost."""
    for place, target in enumerate(TARGETS):
        gateway = place == len(TARGETS) - 1
        offsets = tuple(n * 1000 + random.randint(0, 30) for n in (range(0, 60, 5) if gateway else range(place, 60, 3)))
        rtts = tuple(None if random.random() < 0.01 else random.randint(8_000, 90_000) for _ in offsets)
        yield Run(uplink_id, target, ts, offsets, rtts)


def fill(db: Db, hands: HandClock, days: int) -> None:
    """Write the history of so many days, the last two of them with their samples, and close the days."""
    first_ts = NOON_TS // DAY * DAY
    for day in range(days):
        with db.transaction():
            for ts in range(first_ts + day * DAY, first_ts + (day + 1) * DAY, 60):
                hands.wall_s = ts + 64.0
                uplinks = range(1, UPLINKS + 1)
                runs = (
                    [run for uplink in uplinks for run in noisy_runs(uplink, ts)] if day >= days - SAMPLED_DAYS else []
                )
                record_minutes(db, [noisy_minute(uplink, ts) for uplink in uplinks], runs)
    hands.wall_s += DAY
    while True:
        with db.transaction():
            if not close_days(db):
                return


def measure_size(folder: Path, days: int) -> list[Row]:
    """Fill a database and weigh its tables by their pages."""
    hands = HandClock()
    db = a_database(folder, hands, uplinks=UPLINKS)
    fill(db, hands, days)
    db.close()
    reader = open_reader(folder / "ispstatus.db")
    pages: dict[str, int] = dict(reader.rows("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    uplink_minutes = int(reader.value("SELECT count(*) FROM minute"))
    reader.close()
    each = {table: pages[table] / uplink_minutes for table in ("minute", "bucket", "day_chunk")}
    total = sum(each.values())
    return [
        (f"{uplink_minutes} uplink-minutes", f"{days} days", "", True),
        *((f"  {table}, bytes per uplink-minute", f"{share:.2f}", "", True) for table, share in each.items()),
        ("  together", f"{total:.2f}", f"<= {BYTES_A_MINUTE:.0f}", total <= BYTES_A_MINUTE),
        *(
            (f"{table}, kB per uplink-day (of noise)", f"{pages[table] / UPLINKS / SAMPLED_DAYS / 1000:.0f}", "", True)
            for table in ("sample", "sample_30s")
        ),
    ]


# ---------------------------------------------------------------- syncs
def measure_syncs(folder: Path, minutes: int) -> list[Row]:
    """Count the syncs of a daemon nobody asks, and weigh the samples it stores."""
    with ExitStack() as stack:
        lab = stack.enter_context(WanLab())
        daemon = stack.enter_context(Daemon(lab, folder / "state", name_uplinks()))
        daemon.wait_until_up(NAMES)
        time.sleep(90 - time.time() % 60)  # into the middle of the next minute but one
        counted = count_syncs(daemon.pid, folder / "strace", minutes * 60.0)
    reader = open_reader(folder / "state" / "ispstatus.db")
    first_ts, last_ts, weight = reader.rows("SELECT min(ts), max(ts), sum(length(run) + 10) FROM sample")[0]
    reader.close()
    share = counted / minutes
    per_day = weight / len(NAMES) / ((last_ts - first_ts) / 60 + 1) * 1440 / 1000
    return [
        (f"syncs in {minutes} quiet minutes", str(counted), "", True),
        ("  per minute", f"{share:.2f}", f"<= {SYNCS_A_MINUTE}", share <= SYNCS_A_MINUTE),
        ("sample, kB per uplink-day (of the lab)", f"{per_day:.0f}", "", True),
    ]


def count_syncs(pid: int, notes: Path, seconds: float) -> int:
    """Return how often a process has the disk hold something in the time to come."""
    command = ["strace", "-f", "-q", "-e", "trace=fsync,fdatasync,sync,syncfs,msync", "-o", str(notes), "-p", str(pid)]
    with subprocess.Popen(command) as strace:
        try:
            time.sleep(seconds)
        finally:
            strace.terminate()
    lines = notes.read_text().splitlines()
    return sum("sync(" in line and "resumed" not in line for line in lines)


def main(argv: list[str]) -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=90, metavar="N", help="days of history (default 90)")
    parser.add_argument("--minutes", type=int, default=10, metavar="N", help="minutes to count syncs (default 10)")
    parser.add_argument("--only", choices=("size", "syncs"), help="one half of it")
    parser.add_argument("--fast", action="store_true", help="three days, two minutes: does it work at all")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args(argv)
    random.seed(options.seed)
    print(f"seed {options.seed}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        if options.only != "syncs":
            rows += measure_size(Path(folder) / "size", 3 if options.fast else options.days)
        if options.only != "size":
            reason = why_not()
            rows += (
                [(f"syncs: skipped, {reason}", "", "", True)]
                if reason
                else measure_syncs(Path(folder), 2 if options.fast else options.minutes)
            )
    for what, measured, bar, holds in rows:
        print(f"{what:44}{measured:>10}  {bar:8}{'' if holds else 'MISSED'}")
    return 0 if all(holds for *_, holds in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
