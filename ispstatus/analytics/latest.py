"""The last ten minutes of one agent, before they are stored: what answers with windows of seconds are made from.

Different far ends are never mixed: what lies between them is no jitter and no instability of the line. One speaks for
each protocol (``speaking``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ispstatus.analytics.aggregates import Summing
from ispstatus.analytics.kpis import EXPERIENCE_S, LATENCY_S, QUALITY_S, Recent, window_s
from ispstatus.analytics.latency import Sums
from ispstatus.analytics.speaking import Part, speakers, sums_of
from ispstatus.model.series import Aggregate, Deltas, Protocol, Sample

KEPT_S = 600.0
"""How far back samples are remembered; no window is longer."""
MINUTE = 60.0
MINUTES = 10

_End = tuple[Protocol, str]
"""A far end of a protocol."""


@dataclass(frozen=True, slots=True)
class Latest:
    """What one agent measured lately, as of one moment."""

    now_boot_s: float
    now_ts: float
    """The same moment in epoch seconds."""
    samples: tuple[Sample, ...] = ()
    """Of the last ten minutes, in the order they were sent."""
    every_s: Mapping[Protocol, float] = field(default_factory=dict)
    """How often each protocol is sampled; one that is not in it is sampled often."""
    deltas: Deltas | None = None
    """The newest of the last five minutes."""

    def ts_of(self, boot_s: float) -> float:
        """Return the wall time of a moment on the boot clock."""
        return self.now_ts - (self.now_boot_s - boot_s)

    def window_s(self, protocol: Protocol, usual_s: float = LATENCY_S) -> float:
        """Return how long a window is for a protocol: long enough for two samples, not longer than is remembered."""
        return min(KEPT_S, window_s(usual_s, self.every_s.get(protocol, 0.0)))

    def recent(self) -> Recent:
        """Return the sums of the three windows; the flags of half minutes are the store's to add."""
        return Recent(self._sums(LATENCY_S), self._sums(EXPERIENCE_S), self._sums(QUALITY_S))

    def minutes(self) -> tuple[Sums, ...]:
        """Return the sums of each of the last ten minutes, oldest first; one far end speaks in all of them."""
        minutes: list[dict[Protocol, Aggregate]] = [{} for _ in range(MINUTES)]
        ends = self._ends(KEPT_S)
        for protocol, part in speakers(_parts(ends)).items():
            placed: dict[int, list[Sample]] = {}
            for sample in ends[protocol, part.target]:
                age_s = self.now_boot_s - sample.sent_boot_s
                placed.setdefault(MINUTES - 1 - int(age_s // MINUTE), []).append(sample)
            for place, samples in placed.items():
                minutes[place][protocol] = _summed(samples)
        return tuple(minutes)

    def since(self, ts: float) -> list[tuple[float, Sample]]:
        """Return every sample sent at or after a wall time with its own, oldest first: what is not stored yet."""
        since_boot_s = self.now_boot_s - (self.now_ts - ts)
        return [(self.ts_of(one.sent_boot_s), one) for one in self.samples if one.sent_boot_s >= since_boot_s]

    def _sums(self, usual_s: float) -> Sums:
        return sums_of(speakers(_parts(self._ends(usual_s))))

    def _ends(self, usual_s: float) -> Mapping[_End, list[Sample]]:
        """Return the samples of each far end in its protocol's window; without a sample it is absent."""
        found: dict[_End, list[Sample]] = {}
        for one in self.samples:
            if self.now_boot_s - one.sent_boot_s < self.window_s(one.protocol, usual_s):
                found.setdefault((one.protocol, one.target), []).append(one)
        return found


def _parts(ends: Mapping[_End, list[Sample]]) -> Iterable[Part]:
    return (Part(*end, samples[-1].is_own, _summed(samples)) for end, samples in ends.items())


def _summed(samples: Iterable[Sample]) -> Aggregate:
    """Sum the samples of one far end, in the order they were sent."""
    summing = Summing()
    for sample in samples:
        if sample.rtt_ms is None:
            summing.lose()
        else:
            summing.add(round(sample.rtt_ms * 1000))
    return summing.close()
