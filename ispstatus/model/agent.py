"""Who reports measurements: every uplink is a built-in agent, remote ones enrol."""

from dataclasses import dataclass


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
