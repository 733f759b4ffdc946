"""A stream on a rig, and what it told the coordinator."""

from typing import TypeVar

from ispstatus.jobs.load import LoadMeter
from ispstatus.jobs.messages import Answered, Message, Silence
from ispstatus.jobs.stream import Mood, Stream
from ispstatus.jobs.tally import Tally
from ispstatus.model.quality import TargetQuality
from ispstatus.model.uplink import PingTarget
from tests.helpers.make import PINGS, a_path, an_uplink
from tests.jobs.rig import Behaviour, Rig

ONE, TWO, THREE = (target.address for target in PINGS)
GATEWAY = "203.0.113.1"
LEARNT_S = 40.5
"""By then every target's p99 is known, and no echo is under way."""

M = TypeVar("M", Silence, Answered)


class Streaming:
    """The stream of uplink 1, watching, an echo a second."""

    def __init__(self, rig: Rig, *targets: PingTarget, gateway: str | None = None, every_s: float = 1.0) -> None:
        self.rig = rig
        self.told: list[Message] = []
        self.tally = Tally()
        uplink = an_uplink()
        load = LoadMeter("no-such-device", uplink.contract)
        self.stream = Stream(uplink, rig.engine, self.told.append, load, self.tally)
        self.targets, self.gateway, self.every_s = targets or PINGS, gateway, every_s
        self.stream.set_mood(Mood.WATCH)
        self.aim()

    def aim(self, **path: object) -> None:
        """Point it along a path, changed as asked."""
        self.stream.aim(a_path(**path), self.targets, self.gateway, self.every_s)

    def heard(self, kind: type[M]) -> list[M]:
        """Return what was told of this kind."""
        return [message for message in self.told if isinstance(message, kind)]

    def of(self, address: str) -> TargetQuality:
        """Return one target's figures."""
        return next(one for one in self.stream.quality().targets if one.target == address)

    def go_dead(self) -> float:
        """Lose every echo from now on; return now."""
        self.rig.line.behave = lambda address, sent_boot_s: None
        return self.rig.now

    def come_back(self) -> None:
        """Answer every echo from now on."""
        self.rig.line.behave = lambda address, sent_boot_s: 0.02


def without(*silent: str) -> Behaviour:
    """Return a line on which these never answer."""
    return lambda address, sent_boot_s: None if address in silent else 0.02
