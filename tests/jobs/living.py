"""Uplinks as the coordinator knows them, without threads: what would cross to another thread is written down."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from ispstatus.analytics.seconds import Timeline
from ispstatus.clock import Clock
from ispstatus.decide.ladder import starting
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.stream import Mood
from ispstatus.jobs.tally import Tally
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.net import Path
from ispstatus.model.uplink import PingTarget, Uplink
from tests.helpers.make import NOON, NOON_TS, an_uplink


class Hands:
    """A clock whose hands a test moves: boot time began an hour before noon of the wall clock."""

    def __init__(self, wall_s: float = NOON_TS, boot_s: float = 3600.0) -> None:
        self.wall_s, self.boot_s = wall_s, boot_s
        self.clock = Clock(wall=lambda: self.wall_s, boot=lambda: self.boot_s)

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.wall_s += seconds
        self.boot_s += seconds

    def step(self, seconds: float) -> None:
        """Set the wall clock."""
        self.wall_s += seconds

    def set(self, moment: datetime) -> None:
        """Let time pass until ``moment``."""
        self.pass_s(moment.timestamp() - self.wall_s)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.wall_s, UTC)


class ToldStream:
    """What an uplink's stream was told."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.moods: list[tuple[Mood, float | None]] = []
        self.aims: list[tuple[Path | None, tuple[PingTarget, ...], str | None, float | None]] = []
        self.uplinks: list[Uplink] = []
        self.last_good_boot_s: float | None = None

    def tell_mood(self, mood: Mood, *, bad_since_boot_s: float | None = None) -> None:
        self.moods.append((mood, bad_since_boot_s))

    def tell_aim(self, path: Path | None, targets: Any, gateway: str | None, interval_s: float | None) -> None:
        self.aims.append((path, tuple(targets), gateway, interval_s))

    def tell_uplink(self, uplink: Uplink) -> None:
        self.uplinks.append(uplink)


class Written:
    """What was handed to the writer."""

    def __init__(self) -> None:
        self.writes: list[Callable[[Any], Any]] = []


def a_live(uplink: Uplink | None = None, **changes: Any) -> LiveUplink:
    """Return an uplink that was followed a moment ago, changed as asked."""
    uplink = uplink or an_uplink()
    given: dict[str, Any] = {
        "uplink": uplink,
        "stream": cast(Any, ToldStream()),
        "standing": Standing(starting(uplink), NOON, NOON),
        "memory": Memory(),
        "timeline": Timeline(NOON_TS),
    }
    return LiveUplink(**{**given, **changes})


def told(live: LiveUplink) -> ToldStream:
    """Return what the uplink's stream was told."""
    return cast(ToldStream, live.stream)
