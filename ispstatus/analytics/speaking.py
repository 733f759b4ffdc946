"""Which far end speaks for a protocol: several may be probed, and round trips to different ones are never mixed.

Of those that answered in a window the operator's own speak before public ones. Of these, one that answered less than
half as often as another is passed over: it was there for a part of the window only. The first by name speaks of the
rest, so that targets that take turns do not take turns in speaking too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ispstatus.analytics.latency import Sums
from ispstatus.model.series import Aggregate, Events, Protocol


@dataclass(frozen=True, slots=True)
class Part:
    """What one far end of one protocol came to in a window."""

    protocol: Protocol
    target: str
    is_own: bool
    """The far end is the operator's own."""
    sums: Aggregate
    events: Events = field(default_factory=Events)
    series: int = 0
    """Its number in the store."""


def speakers(parts: Iterable[Part]) -> dict[Protocol, Part]:
    """Return the far end that speaks for each protocol."""
    ends: dict[Protocol, list[Part]] = {}
    for part in parts:
        ends.setdefault(part.protocol, []).append(part)
    return {protocol: _speaker(of_protocol) for protocol, of_protocol in ends.items()}


def sums_of(speaking: dict[Protocol, Part]) -> Sums:
    """Return the sums of the far ends that speak."""
    return {protocol: part.sums for protocol, part in speaking.items()}


def in_both(current: Iterable[Part], baseline: Iterable[Part]) -> tuple[Sums, Sums]:
    """Return the sums of two windows over those far ends that answered in both: nothing else can be compared."""
    before = {part.series: part.sums for part in baseline if part.sums.received}
    speaking = speakers(part for part in current if part.sums.received and part.series in before)
    return sums_of(speaking), {protocol: before[part.series] for protocol, part in speaking.items()}


def _speaker(parts: Sequence[Part]) -> Part:
    answered = [part for part in parts if part.sums.received] or parts
    heeded = [part for part in answered if part.is_own] or answered
    most = max(part.sums.received for part in heeded)
    return min((part for part in heeded if 2 * part.sums.received >= most), key=lambda part: part.target)
