"""What the coordinator owns, laid out on a rig: an uplink followed, a judge, a recorder with a real database."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from ispstatus.analytics.seconds import Timeline
from ispstatus.decide.ladder import starting
from ispstatus.jobs.board import Board
from ispstatus.jobs.judgement import Judge
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import Message, Silence
from ispstatus.jobs.recorder import Recorder
from ispstatus.jobs.roster import Roster
from ispstatus.jobs.sampling import Sampler
from ispstatus.jobs.stream import Stream
from ispstatus.jobs.tally import Tally
from ispstatus.model.decision import Decision, Standing
from ispstatus.model.evidence import Evidence
from ispstatus.model.record import EventKind, Minute, Outage, Transition
from ispstatus.model.state import State
from ispstatus.model.uplink import Uplink
from ispstatus.store import events, outages
from ispstatus.store.db import Db
from ispstatus.store.minutes import minutes_between
from tests.helpers.make import (
    FAILED,
    OK,
    SILENT,
    UNMEASURED,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    echoes,
    evidence,
    https,
    names,
)
from tests.jobs.rig import Rig
from tests.store.kit import a_database

GATEWAY = "203.0.113.1"


class Disk:
    """Runs every write at once in a transaction of its own, as the writer would; or refuses."""

    def __init__(self, db: Db) -> None:
        self.db = db
        self.is_full = False
        self.is_slow = False
        self.commits = 0

    def submit(self, write: Callable[[Any], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        if self.is_slow:
            return future
        if self.is_full:
            future.set_exception(OSError("no space left"))
            return future
        with self.db.transaction():
            result = write(self.db)
        self.commits += 1
        future.set_result(result)
        return future


class Bench:
    """Uplinks in an order, the first of them ``live``."""

    def __init__(self, rig: Rig, directory: Path, uplinks: int = 1) -> None:
        self.rig, self.clock = rig, rig.hands.clock
        self.posted: list[Message] = []
        self.disk = Disk(a_database(directory, cast(Any, rig.hands), uplinks=uplinks))
        self.recorder = Recorder(self.disk.submit)
        self.heard: list[tuple[State, State]] = []
        """State before and state now of every verdict."""
        self.judge = Judge(self.clock, self.recorder, self._hear)
        self.board = Board(self.clock)
        self.roster = Roster(self.follow)
        self.roster.replace([an_uplink(id=n, name=f"line{n}", interface=f"eth{n}") for n in range(1, uplinks + 1)])
        first = self.roster.get(1)
        assert first is not None
        self.live = first

    def close(self) -> None:
        self.disk.db.close()

    def follow(self, uplink: Uplink) -> LiveUplink:
        """Return an uplink that has worked for long and whose first verdict is still to come."""
        load = LoadMeter("no-such-device", uplink.contract)
        now_at = self.clock.now()
        return LiveUplink(
            uplink=uplink,
            stream=Stream(uplink, self.rig.engine, self.posted.append, load, Tally()),
            sampler=Sampler(uplink.id, self.rig.engine, self.board, Tally()),
            standing=Standing(starting(uplink), now_at, now_at),
            memory=a_memory(),
            timeline=Timeline(self.clock.wall()),
            path=a_path(uplink_id=uplink.id, device=uplink.interface),
        )

    # ------------------------------------------------------------ verdicts
    def cycle(self, state: State, **changes: Any) -> Evidence:
        """Return a cycle of 2 s that has just ended and means this state."""
        now_at = self.clock.now()
        given: dict[str, Any] = {
            "uplink": self.live.uplink,
            "started_at": now_at - timedelta(seconds=2),
            "ended_at": now_at,
            **_SEEN[state],
        }
        return evidence(**{**given, **changes})

    def judge_as(self, state: State, *, store: bool = False, **changes: Any) -> Decision:
        """Judge such a cycle of the first uplink."""
        decision = self.judge.judge(self.live, self.cycle(state, **changes), None, (), store=store)
        assert decision.state is state, decision
        self.rig.run(0.0)
        return decision

    def silence(self, lasted_s: float, good_before_s: float | None = 1.0) -> datetime:
        """Let the stream have told of a silence that began so long ago; return when its first lost echo left."""
        first_bad = self.rig.now - lasted_s
        good = None if good_before_s is None else first_bad - good_before_s
        self.live.silence = Silence(1, 7, first_bad, good, {})
        return self.ago(lasted_s)

    def ago(self, seconds: float) -> datetime:
        """Return the moment so long before now."""
        return self.clock.now() - timedelta(seconds=seconds)

    def pass_time(self, seconds: float) -> None:
        """Let time pass in which nothing is told."""
        self.rig.hands.pass_time(seconds)

    # ------------------------------------------------------------ what is remembered
    def outages(self) -> list[Outage]:
        """Return every stored outage of the first uplink, oldest first, with evidence and traces."""
        return outages.page(self.disk.db, 1, 0, _FAR_US)[::-1]

    def transitions(self) -> list[Transition]:
        """Return its stored transitions, oldest first."""
        return outages.transitions(self.disk.db, 1, 0, _FAR_US)[::-1]

    def minutes(self) -> list[Minute]:
        """Return its stored minutes, oldest first."""
        return minutes_between(self.disk.db, 1, 0, _FAR_US)

    def events(self) -> list[tuple[EventKind, str]]:
        """Return what is stored of the engine."""
        return [(event.kind, event.detail) for event in events.between(self.disk.db, 0, _FAR_US)]

    def _hear(self, live: LiveUplink, before: State) -> None:
        self.heard.append((before, live.standing.decision.state))


_FAR_US = 1 << 60
_SEEN: dict[State, dict[str, Any]] = {
    State.UP: {},
    State.DEGRADED: {"dns": names(SILENT, SILENT, provider=SILENT)},
    State.DOWN: {
        "gateway": an_echo(GATEWAY, OK),
        "pings": echoes(SILENT, SILENT, SILENT),
        "https": https(FAILED, FAILED, FAILED),
        "dns": names(SILENT, SILENT),
    },
    State.UNKNOWN: {
        "gateway": None,
        "pings": echoes(UNMEASURED, UNMEASURED, UNMEASURED),
        "https": https(UNMEASURED, UNMEASURED, UNMEASURED),
        "dns": (),
    },
}
