"""The lab's uplinks sampled by six protocols towards a far end, without a daemon around."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from typing_extensions import override

from ispstatus.clock import SYSTEM, Clock
from ispstatus.jobs.board import Board
from ispstatus.jobs.sampling import Sampler
from ispstatus.jobs.tally import Tally
from ispstatus.jobs.tasks import tasks_of
from ispstatus.model.net import LinkStatus
from ispstatus.model.net import Path as Way
from ispstatus.model.series import Deltas, Protocol, Sample
from ispstatus.model.uplink import Family
from ispstatus.probes.engine import Engine
from tests.helpers.make import an_uplink
from tests.lab.far import FAR, FAR_ADDRESS, FAR_ADDRESS6, FAR_NAME, far_end
from tests.lab.netns import enter
from tests.lab.topology import WanLab

EVERY_S = 0.3
SETTLE_S = 0.5
WATCHED_S = 4.0
LOST_AFTER_S = 3.1
FAR_ADDRESSES: Mapping[Family, str] = {4: FAR_ADDRESS, 6: FAR_ADDRESS6}

Seen = Mapping[Protocol, Sequence[Sample]]


class DeltasKept(Board):
    """A board that keeps every TWAMP delta, not the newest alone."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.deltas: defaultdict[int, list[Deltas]] = defaultdict(list)

    @override
    def note_deltas(self, agent_id: int, deltas: Deltas) -> None:
        super().note_deltas(agent_id, deltas)
        self.deltas[agent_id].append(deltas)


@dataclass
class Sampled:
    """One sampler for each uplink of the lab, in its box."""

    lab: WanLab
    board: DeltasKept
    numbers: Mapping[str, int]

    def watch(self, seconds: float = WATCHED_S) -> Mapping[str, Seen]:
        """Return what each uplink measures from a moment on, for so long, by protocol."""
        time.sleep(SETTLE_S)
        since = SYSTEM.boot()
        time.sleep(seconds)
        until = SYSTEM.boot()
        time.sleep(LOST_AFTER_S)  # then the last one sent is answered or lost
        return {name: self.between(name, since, until) for name in self.numbers}

    def between(self, name: str, since: float, until: float) -> Seen:
        """Return what left in between."""
        found: dict[Protocol, list[Sample]] = {protocol: [] for protocol in Protocol}
        for sample in self.board.latest(self.numbers[name]).samples:
            if since <= sample.sent_boot_s <= until:
                found[sample.protocol].append(sample)
        return found

    def deltas_of(self, name: str, samples: Sequence[Sample]) -> list[Deltas]:
        """Return what those TWAMP samples saw of each direction."""
        sent = {sample.sent_boot_s for sample in samples}
        return [deltas for deltas in self.board.deltas[self.numbers[name]] if deltas.sent_boot_s in sent]


@contextmanager
def sampled(state_dir: Path, family: Family = 4) -> Iterator[Sampled]:
    """Build a lab with a far end of one address family, and sample every uplink."""
    with WanLab(ipv6=family != 4) as lab, far_end(lab, state_dir, family):
        engine = Engine(SYSTEM)
        engine.start()
        engine.post(lambda: enter(Path("/run/netns") / lab.ns("box")))
        board = DeltasKept(SYSTEM)
        numbers = {name: number for number, name in enumerate(lab.lines, 1)}
        addresses = {FAR_NAME: FAR_ADDRESSES[family]}
        tasks = tasks_of(an_uplink(reflector=FAR), family, addresses, stretch=1.0)
        for name, number in numbers.items():
            sampler = Sampler(number, engine, board, Tally())
            sampler.tell_aim(_way_of(lab, name, number, family), [replace(t, every_s=EVERY_S) for t in tasks], {})
        try:
            yield Sampled(lab, board, numbers)
        finally:
            engine.stop()


def _way_of(lab: WanLab, name: str, number: int, family: Family) -> Way:
    """Return how an uplink leaves the box."""
    line = lab.lines[name]
    ifindex = lab.call("box", lambda: socket.if_nametoindex(line.device))
    source, gateway = line.source, line.gateway
    if family != 4:
        source, gateway = f"{line.network6}10", f"{line.network6}1"
    return Way(number, family, line.device, LinkStatus.UP, 1, ifindex, source, gateway, has_default=True)


def usual_ms(samples: Sequence[Sample]) -> float:
    """Return the median of the round trips, none of which may be lost."""
    rtts = [sample.rtt_ms for sample in samples if sample.rtt_ms is not None]
    assert len(rtts) == len(samples) >= WATCHED_S / EVERY_S - 2
    return statistics.median(rtts)


@contextmanager
def busy_box() -> Iterator[None]:
    """Let there be more to do than this machine has cores; wires and far ends go first all the same."""
    with ExitStack() as stack:
        for _ in range((os.cpu_count() or 1) + 1):
            burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(burner.wait, 10)
            stack.callback(burner.kill)
        yield
