"""Whole cycles of the product, one at a time: netlink, proof, names, checks, verdict and commit, with its real threads.

What is left out is HTTP. The benchmark holds the wall clock: each cycle is a minute later than the one before.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from ispstatus.actions.uplinks import register_uplinks
from ispstatus.bus import Bus
from ispstatus.clock import SYSTEM, Clock
from ispstatus.jobs.board import Board
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink, Past
from ispstatus.jobs.measuring import Measuring
from ispstatus.jobs.messages import BaselinesKnown
from ispstatus.model.sample import Outcome
from ispstatus.model.state import State
from ispstatus.model.uplink import HttpTarget, PingTarget, ProbePlan, QualityLimits, ResolveTarget, Threshold, Uplink
from ispstatus.store.writer import Writer
from tests.benchmarks.netlab import SITES, TARGETS

MINUTE = 60.0
_LOOK_S = 0.004
_LONG_S = 30.0


class Cycles:
    """The measuring half of the daemon over a database of its own. Use as a context manager, inside the lab."""

    def __init__(self, numbers: Sequence[int], scheme: str, folder: Path) -> None:
        """``numbers`` are the lab's uplinks; the checks are ``scheme`` (http or https) to the lab's two sites."""
        self._is_tls = scheme == "https"
        self._later_s = 0.0
        clock = Clock(wall=lambda: SYSTEM.wall() + self._later_s, boot=SYSTEM.boot)
        self._writer = Writer(folder / f"{scheme}-{len(numbers)}.db", clock)
        self._writer.start()
        uplinks = self._writer.submit(lambda db: register_uplinks(db, [an_uplink(n, scheme) for n in numbers])).result()
        ledger = Ledger(clock, ZoneInfo("UTC"), lambda _: {})
        board = Board(clock)
        self._measuring = Measuring(clock, self._writer.submit, Bus(), lambda _: Past(), None, ledger, board)
        self._measuring.start(uplinks)
        self.wait(lambda: all(live.standing.decision.state is State.UP for live in self.roster) and self._is_idle)

    def close(self) -> None:
        """Stop and store, as the daemon does."""
        self._measuring.stop()
        self._writer.stop()

    @property
    def roster(self) -> list[LiveUplink]:
        """Every uplink as the coordinator sees it."""
        return list(self._measuring.roster)

    def run(self) -> tuple[float, int]:
        """Run one cycle of every uplink and store a minute; return this process's CPU seconds and failed checks."""
        cpu_s = time.process_time()
        began_boot_s = SYSTEM.boot()
        self._later_s += MINUTE
        for live in self.roster:
            live.due_boot_s = 0.0
            if self._is_tls:
                live.measured_boot_s = None  # as after a start: TLS checks have a rhythm of their own else
        coordinator = self._measuring.coordinator
        coordinator.minutes.due_boot_s = 0.0
        coordinator.post(BaselinesKnown({}))
        self.wait(lambda: all(live.last_cycle_boot_s > began_boot_s for live in self.roster) and self._is_idle)
        return time.process_time() - cpu_s, sum(failures(live) for live in self.roster)

    @property
    def _is_idle(self) -> bool:
        return self._measuring.coordinator.is_idle and self._writer.backlog == 0

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds; RuntimeError after half a minute."""
        deadline = time.monotonic() + _LONG_S
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"not within {_LONG_S} s: {[live.standing.decision for live in self.roster]}")
            time.sleep(_LOOK_S)


def an_uplink(number: int, scheme: str) -> Uplink:
    """Return an uplink of the lab: gateway, three targets, two sites, two resolvers."""
    return Uplink(
        id=0,
        name=f"up{number}",
        interface=f"up{number}",
        nat=False,  # else a private gateway would not be asked
        limits=QualityLimits(loss_pct=Threshold(5, 2)),
        plan=ProbePlan(
            ping=tuple(PingTarget(address, address) for address in TARGETS[4]),
            http=tuple(HttpTarget(f"{scheme}://{name}/", name, status=204) for name in SITES),
            resolvers=TARGETS[4][:2],
            resolve=(ResolveTarget(next(iter(SITES))),),
        ),
    )


def failures(live: LiveUplink) -> int:
    """Return how many of the six checks that are compared did not run or failed in the last cycle."""
    seen = live.evidence
    assert seen is not None
    outcomes = [sample.outcome for sample in seen.pings]
    outcomes += [sample.outcome for sample in seen.https if sample.age_s == 0.0]
    if seen.gateway is not None:
        outcomes.append(seen.gateway.outcome)
    return 6 - outcomes.count(Outcome.OK)
