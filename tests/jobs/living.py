"""Uplinks as the coordinator knows them, without threads: what would cross to another thread is written down."""

from datetime import UTC, datetime
from typing import Any, cast

from ispstatus.analytics.seconds import Timeline
from ispstatus.decide.ladder import starting
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.stream import Mood
from ispstatus.jobs.tally import Tally
from ispstatus.jobs.tasks import Task
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.net import Path
from ispstatus.model.series import Sample
from ispstatus.model.uplink import Contract, PingTarget, Uplink
from tests.helpers.make import NOON, NOON_TS, an_uplink
from tests.jobs import rig


class Hands(rig.Hands):
    """A clock that can be set, too."""

    def step(self, seconds: float) -> None:
        """Set the wall clock on, or back."""
        self.wall += seconds

    def until(self, moment: datetime) -> None:
        """Let time pass until ``moment``."""
        self.pass_time(moment.timestamp() - self.wall)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.wall, UTC)


class ToldStream:
    """What an uplink's stream was told."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.load = LoadMeter("no-such-device", Contract())
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


class ToldSampler:
    """What an uplink's sampler was told."""

    def __init__(self) -> None:
        self.aims: list[tuple[Path | None, tuple[Task, ...]]] = []
        self.samples: list[Sample] = []

    def tell_aim(self, path: Path | None, tasks: Any, _every_s: Any) -> None:
        self.aims.append((path, tuple(tasks)))

    def tell_samples(self, samples: Any) -> None:
        self.samples += samples


def a_live(uplink: Uplink | None = None, **changes: Any) -> LiveUplink:
    """Return an uplink that was followed a moment ago, changed as asked."""
    uplink = uplink or an_uplink()
    given: dict[str, Any] = {
        "uplink": uplink,
        "stream": cast(Any, ToldStream()),
        "sampler": cast(Any, ToldSampler()),
        "standing": Standing(starting(uplink), NOON, NOON),
        "memory": Memory(),
        "timeline": Timeline(NOON_TS),
    }
    return LiveUplink(**{**given, **changes})


def told(live: LiveUplink) -> ToldStream:
    """Return what the uplink's stream was told."""
    return cast(ToldStream, live.stream)


def sampler_told(live: LiveUplink) -> ToldSampler:
    """Return what the uplink's sampler was told."""
    return cast(ToldSampler, live.sampler)
