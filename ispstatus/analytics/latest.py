"""The last ten minutes of one agent, before they are stored: what answers with windows of seconds are made from.

Each protocol has a series per far end, and one of them speaks for it: of those that answered in the window the
operator's own before public ones, then the one heard of first. Different far ends are never mixed: what lies between
them is no jitter and no instability of the line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ispstatus.analytics.aggregates import Summing
from ispstatus.analytics.kpis import EXPERIENCE_S, LATENCY_S, QUALITY_S, Recent, window_s
from ispstatus.analytics.latency import Sums
from ispstatus.model.series import Aggregate, Deltas, Protocol, Sample

KEPT_S = 600.0
"""How far back samples are remembered; no window is longer."""
MINUTE = 60.0
MINUTES = 10

_Series = dict[str, list[Sample]]


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
        for protocol, series in self._by_protocol().items():
            placed: dict[int, list[Sample]] = {}
            for sample in spokesman(series):
                age_s = self.now_boot_s - sample.sent_boot_s
                placed.setdefault(MINUTES - 1 - int(age_s // MINUTE), []).append(sample)
            for place, samples in placed.items():
                if 0 <= place < MINUTES:
                    minutes[place][protocol] = sums_of(samples)
        return tuple(minutes)

    def since(self, ts: float) -> list[tuple[float, Sample]]:
        """Return every sample sent at or after a wall time with its own, oldest first: what is not stored yet."""
        since_boot_s = self.now_boot_s - (self.now_ts - ts)
        return [(self.ts_of(one.sent_boot_s), one) for one in self.samples if one.sent_boot_s >= since_boot_s]

    def _sums(self, usual_s: float) -> Sums:
        sums = {}
        for protocol, series in self._by_protocol().items():
            since_boot_s = self.now_boot_s - self.window_s(protocol, usual_s)
            within = {
                target: [one for one in samples if one.sent_boot_s > since_boot_s]
                for target, samples in series.items()
                if samples[-1].sent_boot_s > since_boot_s
            }
            if within:
                sums[protocol] = sums_of(spokesman(within))
        return sums

    def _by_protocol(self) -> Mapping[Protocol, _Series]:
        found: dict[Protocol, _Series] = {}
        for sample in self.samples:
            found.setdefault(sample.protocol, {}).setdefault(sample.target, []).append(sample)
        return found


def spokesman(series: Mapping[str, list[Sample]]) -> list[Sample]:
    """Return the samples of the far end that speaks for its protocol; there is at least one, none of them empty."""
    return min(
        series.values(), key=lambda samples: (all(one.rtt_ms is None for one in samples), not samples[-1].is_own)
    )


def sums_of(samples: Iterable[Sample]) -> Aggregate:
    """Sum the samples of one series, in the order they were sent."""
    summing = Summing()
    for sample in samples:
        if sample.rtt_ms is None:
            summing.lose()
        else:
            summing.add(round(sample.rtt_ms * 1000))
    return summing.close()
