"""The real coordinator on a rig: real engine loop, streams, cycles, judgement and database; time passes in steps.

Echoes alone judge its uplinks, so no socket is needed. The kernel's view is a snapshot a test writes; only the proof
of a path is invented (``proves``), because it would be asked of this machine's own kernel.
"""

import queue
from concurrent.futures import Future
from pathlib import Path as FilePath
from typing import Any, cast
from zoneinfo import ZoneInfo

from ispstatus.analytics.seconds import Timeline
from ispstatus.bus import Bus
from ispstatus.decide.ladder import starting
from ispstatus.jobs.board import Board
from ispstatus.jobs.coordinator import Coordinator
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import Message, NetChanged, StatusAsked, UplinksKnown
from ispstatus.jobs.outlook import Outlook
from ispstatus.jobs.recorder import Recorder
from ispstatus.jobs.roster import Roster
from ispstatus.jobs.sampling import Sampler
from ispstatus.jobs.stream import Stream
from ispstatus.jobs.tally import Tally
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.net import LinkStatus, NetSnapshot, Path, PathProof
from ispstatus.model.record import Outage
from ispstatus.model.state import State
from ispstatus.model.uplink import ProbePlan, Uplink
from ispstatus.store import events, outages
from tests.helpers.make import HTTPS, PINGS, an_uplink
from tests.jobs.bench import Disk
from tests.jobs.rig import Rig
from tests.net.builders import address, default, link, snapshot
from tests.store.kit import a_database

STEP_S = 0.05
METERED = ProbePlan(ping=PINGS, http=HTTPS, resolvers=(), resolve=())
"""Its web checks cost what they cost, and are never measured: nobody can be asked for their names."""
ECHO_ONLY = ProbePlan(ping=PINGS, http=(), resolvers=(), resolve=())
_FAR_US = 1 << 60


def the_box(*, eth1: LinkStatus | None = LinkStatus.UP, host: int = 2) -> NetSnapshot:
    """Return a box with two uplinks; ``eth1`` None: it is gone. Another ``host`` is another address of eth1."""
    links = [link(2, "eth1", status=eth1)] if eth1 else []
    addresses = [address(2, f"203.0.113.{host}/24")] if eth1 else []
    routes = [default(2, "203.0.113.1", metric=1)] if eth1 else []
    return snapshot(
        [link(1, "lo"), *links, link(3, "eth2")],
        [*addresses, address(3, "198.51.100.2/24")],
        [*routes, default(3, "198.51.100.1", metric=2)],
    )


class _Prover:
    """Says whether a path is proven."""

    def __init__(self) -> None:
        self.is_proven = True

    def prove(self, path: Path, targets: Any, generation: int) -> PathProof:
        return PathProof(path.generation, self.is_proven, () if self.is_proven else ("it leads elsewhere",))

    def close(self) -> None:
        """Nothing to close."""


class Office:
    """One coordinator, turned by hand beside its engine."""

    def __init__(self, rig: Rig, directory: FilePath, *uplinks: Uplink, spent_bytes: int = 0) -> None:
        """``spent_bytes``: what the store knows to have been spent by uplink 1 this month."""
        self.rig, self.clock = rig, rig.hands.clock
        self.disk = Disk(a_database(directory, cast(Any, rig.hands), uplinks=2))
        outlook = Outlook(self.clock, None)
        self.prover = _Prover()
        outlook._prover = cast(Any, self.prover)
        self.roster = Roster(self._make)
        self.board = Board(rig.hands.clock)
        self.bus = Bus()
        ledger = Ledger(self.clock, ZoneInfo("UTC"), lambda _month: {1: spent_bytes})
        self.coordinator = Coordinator(
            self.clock, rig.engine, outlook, Recorder(self.disk.submit), self.roster, ledger, self.bus
        )
        self.seen: list[Message] = []
        """Every message the coordinator took."""
        self.tell(UplinksKnown(uplinks or (line(1),)), NetChanged(the_box()))

    def close(self) -> None:
        self.disk.db.close()

    def tell(self, *messages: Message) -> None:
        """Post messages and let them be taken."""
        for message in messages:
            self.coordinator.post(message)
        self.turn()

    def turn(self) -> None:
        """Do what the coordinator's thread does until there is nothing to do, the engine's posts included."""
        self.rig.run(0.0)
        while True:
            try:
                message = self.coordinator._queue.get_nowait()
            except queue.Empty:
                break
            self.seen.append(message)
            self.coordinator._guarded(lambda message=message: self.coordinator._dispatch(message))  # type: ignore[misc]
            self.rig.run(0.0)
        self.coordinator._guarded(self.coordinator._meet_deadlines)
        self.rig.run(0.0)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / STEP_S)):
            self.rig.run(STEP_S)
            self.turn()

    def run_until(self, state: State, within_s: float, uplink: int = 1) -> float:
        """Let time pass until an uplink is in ``state``; return the seconds it took."""
        since = self.rig.now
        while self.state(uplink) is not state:
            assert self.rig.now - since < within_s, f"not {state.name} within {within_s} s"
            self.run(STEP_S)
        return self.rig.now - since

    def ask(self, *uplinks: int) -> "Future[frozenset[int]]":
        """Ask for live verdicts, as a client does."""
        answer: Future[frozenset[int]] = Future()
        self.tell(StatusAsked(uplinks or (1,), answer))
        return answer

    def live(self, uplink: int = 1) -> LiveUplink:
        found = self.roster.get(uplink)
        assert found is not None
        return found

    def state(self, uplink: int = 1) -> State:
        return self.live(uplink).standing.decision.state

    def outages(self, uplink: int = 1) -> list[Outage]:
        """Return the stored outages, oldest first."""
        return outages.page(self.disk.db, uplink, 0, _FAR_US)[::-1]

    def events(self) -> list[str]:
        """Return what was noted about the engine."""
        return [event.detail for event in events.between(self.disk.db, 0, _FAR_US)]

    def _make(self, uplink: Uplink) -> LiveUplink:
        now_at = self.clock.now()
        stream = Stream(uplink, self.rig.engine, self.coordinator.post, LoadMeter("none", uplink.contract), Tally())
        sampler = Sampler(uplink.id, self.rig.engine, self.board, Tally())
        return LiveUplink(
            uplink, stream, sampler, Standing(starting(uplink), now_at, now_at), Memory(), Timeline(self.clock.wall())
        )


def line(number: int, **changes: Any) -> Uplink:
    """Return uplink ``number`` on its interface of the box, judged by echoes alone."""
    name = "fibre" if number == 1 else f"line{number}"
    return an_uplink(**{"id": number, "name": name, "interface": f"eth{number}", "plan": ECHO_ONLY, **changes})
