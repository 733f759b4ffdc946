"""Which far end speaks for a protocol: several may be probed, and round trips to different ones are never mixed.

Of those that answered in a window the operator's own comes before public ones, then the one that answered most.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ispstatus.analytics.latency import Sums
from ispstatus.model.series import Aggregate, Events, Protocol


@dataclass(frozen=True, slots=True)
class Part:
    """What one series, one far end of one protocol, came to in a window."""

    series: int
    protocol: Protocol
    is_own: bool
    """The far end is the operator's own."""
    sums: Aggregate
    events: Events = field(default_factory=Events)


def speakers(parts: Iterable[Part]) -> dict[Protocol, Part]:
    """Return the far end that speaks for each protocol."""
    best: dict[Protocol, Part] = {}
    for part in parts:
        other = best.get(part.protocol)
        if other is None or _place(part) < _place(other):
            best[part.protocol] = part
    return best


def sums_of(speaking: dict[Protocol, Part]) -> Sums:
    """Return the sums of the far ends that speak."""
    return {protocol: part.sums for protocol, part in speaking.items()}


def in_both(current: Iterable[Part], baseline: Iterable[Part]) -> tuple[Sums, Sums]:
    """Return the sums of two windows over those far ends that answered in both: nothing else can be compared."""
    before = {part.series: part.sums for part in baseline if part.sums.received}
    speaking = speakers(part for part in current if part.sums.received and part.series in before)
    return sums_of(speaking), {protocol: before[part.series] for protocol, part in speaking.items()}


def _place(part: Part) -> tuple[bool, bool, int, int]:
    received = part.sums.received
    return received == 0, not part.is_own, -received, part.series
