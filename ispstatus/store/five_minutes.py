"""Means of five minutes of every series: from the hours that are summed, and from the half minutes of the newest."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ispstatus.store import half_minutes, hours
from ispstatus.store.db import Db
from ispstatus.store.hours import HOUR

FIVE_MINUTES = 300


@dataclass(slots=True)
class Means:
    """Those of one series, packed: most are only counted."""

    answered: int = 0
    """How many there are."""
    _packed: list[tuple[int, bytes]] = field(default_factory=list)
    _newest: list[tuple[int, int]] = field(default_factory=list)

    def unpack(self) -> dict[int, int]:
        """Return whole microseconds by the start of their five minutes, oldest first."""
        found: dict[int, int] = {}
        for first_ts, packed in self._packed:
            moments = range(first_ts, first_ts + len(packed) // 4 * FIVE_MINUTES, FIVE_MINUTES)
            means = zip(moments, hours.means_of(packed), strict=True)
            found.update((ts, mean) for ts, mean in means if mean is not None)
        found.update(self._newest)
        return found

    def add_hour(self, ts: int, packed: bytes) -> None:
        """Take the means of an hour or of a part of one."""
        self._packed.append((ts, packed))
        self.answered += hours.answered(packed)

    def add(self, ts: int, mean_us: int) -> None:
        """Take one of the hour that is not summed yet."""
        self._newest.append((ts, mean_us))
        self.answered += 1


def within(db: Db, numbers: Collection[int], stretches: Iterable[tuple[int, int]]) -> Mapping[int, Means]:
    """Return the means of each of some series in stretches ``[start_ts, end_ts)``; both begin five minutes."""
    found = {number: Means() for number in numbers}
    for start_ts, end_ts in stretches:
        summed_ts = min(end_ts, hours.newest_ts(db) + HOUR)
        for ts, number, packed in hours.packed_means(db, numbers, start_ts - start_ts % HOUR, summed_ts):
            first, last = max(0, start_ts - ts) // FIVE_MINUTES, (end_ts - ts) // FIVE_MINUTES
            found[number].add_hour(ts + first * FIVE_MINUTES, packed[4 * first : 4 * last])
        for number, ts, mean_us in half_minutes.five_minutes(db, numbers, max(start_ts, summed_ts), end_ts):
            found[number].add(ts, mean_us)
    return found
