"""Who reports measurements: every uplink is a built-in agent, remote ones enrol."""

from dataclasses import dataclass

from ispstatus.model.radio import Position, Radio
from ispstatus.model.series import Protocol


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agent says of itself; empty where it says nothing."""

    network_name: str = ""
    network_type: str = ""
    hardware: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class RemoteAgent:
    """An agent that pushes what it measured elsewhere."""

    id: int
    """From the same sequence as the numbers of uplinks, never given again."""
    name: str
    enrolled_ts: int
    """Epoch seconds, as the next."""
    seen_ts: int | None = None
    """Its newest report."""
    profile: Profile = Profile()
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class PushedSample:
    """One round trip that a remote agent measured; None is lost."""

    ts: float
    """Epoch seconds."""
    protocol: Protocol
    target: str
    rtt_ms: float | None


@dataclass(frozen=True, slots=True)
class PushedReading:
    """What its modem said."""

    ts: float
    radio: Radio


@dataclass(frozen=True, slots=True)
class PushedFix:
    """Where it was."""

    ts: float
    position: Position


@dataclass(frozen=True, slots=True)
class AgentReport:
    """What a remote agent pushes at once."""

    samples: tuple[PushedSample, ...] = ()
    readings: tuple[PushedReading, ...] = ()
    fixes: tuple[PushedFix, ...] = ()
    profile: Profile | None = None
    """Replaces what it said of itself before."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows of one kind were stored."""

    stored: int
    refused: tuple[int, ...] = ()
    """Which were not, by their places: they lie in the future, or more than two days back."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """How much of a report was stored."""

    samples: Taken
    readings: Taken
    fixes: Taken
