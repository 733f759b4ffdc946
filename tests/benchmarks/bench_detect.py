"""How soon the API tells the truth: ``python -m tests.benchmarks.bench_detect`` (root).

Ten random phases each of carrier loss and of a blackhole, on one of three uplinks in the lab: to DOWN, and back to UP,
read with ``?cached=1`` every 20 ms; how far the recorded edges of those outages lie from the injected truth; blackholes
of 4 s, which must be in the record; and blackholes that begin 3 s after a start.
"""

import random
import statistics
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tests.benchmarks.report import Row, at_most, run, told
from tests.e2e.worlds import DOWN, NAMES, UP, World, open_world
from tests.lab import faults
from tests.lab.topology import why_not

EDGE_BAR_S = 1.5
_POLL_S = 0.02
_UPLINK = "fibre"
_SETTLE_S = 6.0
_LEARN_S = 10.0
_EARLY_S = 3.0


def seconds_until(world: World, began: float, state: int, within_s: float) -> float:
    """Seconds from ``began`` (epoch) until the API says ``state``; ``within_s`` when it never does."""
    while time.time() - began < within_s:
        if world.daemon.look(_UPLINK).state == state:
            return time.time() - began
        time.sleep(_POLL_S)
    return within_s


def one_phase(world: World, fault: str) -> tuple[float, float, float, float]:
    """Break and heal once; returns seconds to DOWN, seconds to UP, and when it was broken and healed (epoch)."""
    time.sleep(_SETTLE_S + random.uniform(0, 3))
    began = time.time()
    faults.inject(world.lab, fault, _UPLINK)
    to_down = seconds_until(world, began, DOWN, 30)
    time.sleep(random.uniform(1, 4))
    healed = time.time()
    faults.heal(world.lab, _UPLINK)
    to_up = seconds_until(world, healed, UP, 30)
    return to_down, to_up, began, healed


def edge_errors(world: World, truths: list[tuple[float, float]]) -> list[float]:
    """Largest error of the recorded edges of each injected outage, seconds; 99 for one that is not in the record."""
    recorded = [
        tuple(datetime.fromisoformat(outage[f"{edge}_utc"]).timestamp() for edge in ("started", "ended"))
        for outage in world.daemon.get("/api/outages?range=24h").json["outages"]
        if not outage["ongoing"]
    ]
    errors = []
    for began, healed in truths:
        each = [max(abs(start - began), abs(end - healed)) for start, end in recorded]
        errors.append(min(each, default=99.0) if min(each, default=99.0) < 10 else 99.0)
    return errors


def short_blackhole(world: World, seconds: float = 4.0) -> tuple[float, float]:
    """A blackhole of four seconds; returns when it began and ended (epoch)."""
    time.sleep(_SETTLE_S + random.uniform(0, 3))
    began = time.time()
    faults.inject(world.lab, "blackhole", _UPLINK)
    time.sleep(seconds)
    healed = time.time()
    faults.heal(world.lab, _UPLINK)
    world.daemon.wait_for(_UPLINK, UP, "ok", within_s=30, ask_every_s=None)
    time.sleep(3)
    return began, healed


def early_blackhole(world: World) -> float:
    """Start anew, break 3 s later; returns seconds to DOWN."""
    world.daemon.stop()
    world.daemon.start()
    world.daemon.wait_until_up(NAMES, ask_every_s=None)
    time.sleep(_EARLY_S + random.uniform(0, 1))
    began = time.time()
    faults.inject(world.lab, "blackhole", _UPLINK)
    to_down = seconds_until(world, began, DOWN, 30)
    faults.heal(world.lab, _UPLINK)
    seconds_until(world, time.time(), UP, 30)
    return to_down


def row(what: str, values: Sequence[float], bar: float) -> Row:
    """Return the worst of some values with its bar, and their median."""
    return at_most(what, max(values), bar, " s", told=f", median {statistics.median(values):.3g}")


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder) / "state") as world:
        world.daemon.wait_until_up(NAMES)
        time.sleep(_LEARN_S)
        carrier = [one_phase(world, "carrier_down") for _ in range(options.phases)]
        blackhole = [one_phase(world, "blackhole") for _ in range(options.phases)]
        shorts = [short_blackhole(world) for _ in range(options.shorts)]
        time.sleep(2)
        errors = edge_errors(world, [(began, healed) for _, _, began, healed in carrier + blackhole])
        short_errors = edge_errors(world, shorts)
        early = [early_blackhole(world) for _ in range(options.shorts)]
    return (
        row("carrier loss to the API, worst", [down for down, *_ in carrier], 1.0),
        row("blackhole to DOWN, worst", [down for down, *_ in blackhole], 5.0),
        row("blackhole 3 s after a start to DOWN, worst", early, 5.0),
        row("recovery to UP after a blackhole, worst", [up for _, up, *_ in blackhole], 3.0),
        row("recovery to UP after carrier loss, worst", [up for _, up, *_ in carrier], 3.0),
        row("recorded edges off the truth, worst", errors, EDGE_BAR_S),
        row("the same of blackholes of 4 s (99: not recorded)", short_errors, EDGE_BAR_S),
        told("seed", options.seed),
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, why_not, measure, phases=10, shorts=3, seed=random.randrange(1 << 16)))
