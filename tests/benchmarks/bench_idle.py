"""What the daemon costs when nothing happens: ``python -m tests.benchmarks.bench_idle`` (root).

Three healthy uplinks in the lab, defaults, no client, a daemon ten seconds old. CPU and voluntary switches from /proc;
bytes on the wire from the interfaces' own counters, link headers taken off, beside what ``decide.cadence`` plans for an
uplink (whole fives of minutes: the TLS check runs every fifth). Packets of echoes must be as planned; bytes must not be
more: the lab's pages, certificates and DNS answers are smaller than what is estimated for the Internet's.
"""

import json
import os
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ispstatus.config.load import load
from ispstatus.decide.cadence import MINUTE, MONTH_S, STREAM_EVERY_S, month_cost
from tests.benchmarks.report import Row, at_most, run, told
from tests.e2e.worlds import NAMES, World, open_world
from tests.lab.topology import why_not

WITHIN = 0.10
PLANNED_ECHOES = MINUTE / STREAM_EVERY_S + 3
"""A minute: the stream's, and one to each target of the minute's cycle."""
_SETTLE_S = 10.0
_LINK_HEADER_BYTES = 14


@dataclass(frozen=True, slots=True)
class Meters:
    """What counters say at one moment."""

    cpu_s: float
    switches: int
    bytes_by_device: Mapping[str, int]
    echoes: Mapping[str, int]
    """To targets, by uplink."""
    at_s: float


def read_meters(world: World) -> Meters:
    """Read everything."""
    pid = world.daemon.pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    shown = json.loads(world.lab.run("box", "ip", "-j", "-s", "link").stdout)
    return Meters(
        cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
        switches=sum(_switches(task) for task in Path(f"/proc/{pid}/task").iterdir()),
        bytes_by_device={link["ifname"]: network_bytes(link["stats64"]) for link in shown},
        echoes={name: _echoes(world.lab.seen(name)) for name in NAMES},
        at_s=time.monotonic(),
    )


def _switches(task: Path) -> int:
    line = next(line for line in (task / "status").read_text().splitlines() if line.startswith("voluntary"))
    return int(line.split()[1])


def _echoes(seen: Mapping[str, int]) -> int:
    return sum(count for what, count in seen.items() if what.startswith("up echo "))


def network_bytes(stats: Mapping[str, Mapping[str, int]]) -> int:
    return sum(stats[way]["bytes"] - _LINK_HEADER_BYTES * stats[way]["packets"] for way in ("rx", "tx"))


def cost_per_minute(world: World, name: str, seen: Mapping[str, Any]) -> float:
    """Return the bytes the cost model gives one minute of an uplink, as it is probed here."""
    settings = load(world.daemon.config_file, world.daemon.state_dir)
    uplink = next(uplink for uplink in settings.uplinks if uplink.name == name)
    cost = month_cost(
        uplink,
        4,
        resolvers=len({answer["resolver"] for answer in seen["dns"]}),
        has_gateway=seen["gw_ping"] is not None,
        has_other_family=bool(seen["other_family"]),
    )
    return cost.quiet_bytes / (MONTH_S / MINUTE)


def measure(options: Namespace) -> Sequence[Row]:
    """Return every row."""
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder) / "state") as world:
        world.daemon.wait_until_up(NAMES, ask_every_s=None)
        time.sleep(_SETTLE_S)
        before = read_meters(world)
        time.sleep(options.minutes * MINUTE)
        after = read_meters(world)
        seen = {uplink["name"]: uplink for uplink in world.daemon.status()["uplinks"]}
        costs = {name: cost_per_minute(world, name, seen[name]) for name in NAMES}
        devices = {name: world.lab.lines[name].device for name in NAMES}
    passed_s = after.at_s - before.at_s
    rows = [
        told("CPU", 100 * (after.cpu_s - before.cpu_s) / passed_s, " % of one"),
        told("voluntary switches", (after.switches - before.switches) / passed_s, " /s"),
    ]
    for name, device in devices.items():
        spent = (after.bytes_by_device[device] - before.bytes_by_device[device]) * MINUTE / passed_s
        echoes = (after.echoes[name] - before.echoes[name]) * MINUTE / passed_s / PLANNED_ECHOES
        is_held = abs(echoes - 1) <= WITHIN
        rows += (
            Row(f"{name}: echoes sent / planned", f"{echoes:.3f}", f"1 +- {WITHIN:g}", is_held),
            at_most("    bytes on the wire / planned", spent / costs[name], 1 + WITHIN),
            told("    bytes a minute; MB in 31 days", f"{spent:.0f}; {spent * MONTH_S / MINUTE / 1e6:.0f}"),
        )
    return rows


if __name__ == "__main__":
    sys.exit(run(__doc__, why_not, measure, minutes=5))
