"""Half minutes out of the ordinary, flagged as they close, and the report over any stretch of them.

NOTES A3. With m the median of a set of half-minute means and MAD the median of ``|x - m|``, a half minute is
*anomalous* when ``|x - m| > 3.5 * 1.4826 * MAD`` and ``|x - m| > 1 ms`` (1.4826 makes MAD comparable with a standard
deviation; the second bound keeps a perfectly still line from crying at a microsecond). The set it is held against is
the hour before it. *Eventful* is anomalous or with a lost sample; three eventful ones in a row are an anomaly.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ispstatus.analytics.aggregates import HOUR, mean_ms
from ispstatus.model.series import Aggregate, Events, Protocol

LIKE_STDEV = 1.4826
TOO_FAR = 3.5
LEAST_US = 1000
LEAST_PAST = 10
"""Fewer half minutes than this (five minutes of them) are no past to hold anything against."""
RUN = 3

_LIMIT = TOO_FAR * LIKE_STDEV


class Past:
    """The means of one series' last hour of half minutes, by time and by size: at most 120.

    Plain numbers side by side: a daemon remembers hundreds of these, and objects would take six times the memory.
    """

    def __init__(self) -> None:
        self._starts, self._means, self._ordered = array("q"), array("q"), array("q")

    def is_before(self, ts: int) -> bool:
        """Say whether there is something here, all of it from before ``ts``."""
        return bool(self._starts) and self._starts[-1] < ts

    def judge(self, ts: int, mean_us: int) -> bool:
        """Say whether the half minute that starts at ``ts`` is anomalous, and remember it for those that follow.

        It is not when fewer than ten half minutes of the hour before it had an answer. Half minutes come in the order
        of time; after a restart the stored ones are judged again. A step back of the clock starts a new past.
        """
        self._forget(ts)
        far = len(self._ordered) >= LEAST_PAST and self._is_far(mean_us)
        self._starts.append(ts)
        self._means.append(mean_us)
        insort(self._ordered, mean_us)
        return far

    def _forget(self, ts: int) -> None:
        starts, means, ordered = self._starts, self._means, self._ordered
        if starts and starts[-1] >= ts:
            del starts[:], means[:], ordered[:]
        while starts and starts[0] < ts - HOUR:
            del starts[0], ordered[bisect_left(ordered, means.pop(0))]

    def _is_far(self, mean_us: int) -> bool:
        middle2 = _twice_median(self._ordered)
        away2 = abs(2 * mean_us - middle2)
        return away2 > 2 * LEAST_US and 2 * away2 > _LIMIT * _four_mads(self._ordered, middle2)


def spread_ms(means_us: Iterable[int]) -> float | None:
    """Return 1.4826 * MAD of half-minute means in milliseconds: what is ordinary between them. None of nothing."""
    ordered = sorted(means_us)
    return LIKE_STDEV * _four_mads(ordered, _twice_median(ordered)) / 4000 if ordered else None


def _twice_median(ordered: Sequence[int]) -> int:
    return ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]


def _four_mads(ordered: Sequence[int], middle2: int) -> int:
    return _twice_median(sorted([abs(2 * value - middle2) for value in ordered]))


# ---------------------------------------------------------------- events
def events_of(half_minutes: Iterable[tuple[Aggregate, bool]]) -> Events:
    """Count ``(sums, was flagged)`` of consecutive half minutes, oldest first; those without a sample are left out."""
    measured = [(is_flagged, is_flagged or sums.lost > 0) for sums, is_flagged in half_minutes if sums.sent]
    run = longest = 0
    head: int | None = None
    for _, is_eventful in measured:
        if not is_eventful and head is None:
            head = run
        run = run + 1 if is_eventful else 0
        longest = max(longest, run)
    return Events(
        windows=len(measured),
        anomalous=sum(is_flagged for is_flagged, _ in measured),
        eventful=sum(is_eventful for _, is_eventful in measured),
        head=run if head is None else head,
        tail=run,
        longest=longest,
    )


def merge_events(sooner: Events, later: Events) -> Events:
    """Return the events of two neighbouring stretches; a run that crosses their border is one run. Associative."""
    return Events(
        windows=sooner.windows + later.windows,
        anomalous=sooner.anomalous + later.anomalous,
        eventful=sooner.eventful + later.eventful,
        head=sooner.head if sooner.head < sooner.windows else sooner.windows + later.head,
        tail=later.tail if later.tail < later.windows else later.windows + sooner.tail,
        longest=max(sooner.longest, later.longest, sooner.tail + later.head),
    )


def event_pct(events: Events) -> float | None:
    """Return the percentage of half minutes that were flagged anomalous."""
    return 100 * events.anomalous / events.windows if events.windows else None


# ---------------------------------------------------------------- report
@dataclass(frozen=True, slots=True)
class ProtocolAnomalies:
    """What one protocol did in the stretch asked for."""

    anomaly_mad_ms: float | None
    """1.4826 * MAD of the half-minute means."""
    drops: int
    """Lost samples."""
    latency_ms: float | None
    """Mean of the answers."""
    anomaly_distribution_pct: float
    """Percentage of half minutes that were anomalous or lost a sample."""
    is_anomaly: bool
    """Three such half minutes, or more, in a row."""


@dataclass(frozen=True, slots=True)
class AnomalyReport:
    """Every protocol that was measured; the others are not in it."""

    protocols: Mapping[Protocol, ProtocolAnomalies]
    is_anomaly: bool
    summary: str
    """One sentence."""


def protocol_anomalies(sums: Aggregate, events: Events, spread: float | None) -> ProtocolAnomalies | None:
    """Return the report of one protocol from the sums, the events and the spread of its half minutes.

    None when nothing was measured. ``spread`` is ``spread_ms`` of the means; over more than a day, the median of the
    hours' spreads stands for it, so that no query reads every half minute of a week.
    """
    if not events.windows:
        return None
    return ProtocolAnomalies(
        anomaly_mad_ms=spread,
        drops=sums.lost,
        latency_ms=mean_ms(sums),
        anomaly_distribution_pct=100 * events.eventful / events.windows,
        is_anomaly=events.longest >= RUN,
    )


def report_of(protocols: Mapping[Protocol, ProtocolAnomalies | None]) -> AnomalyReport:
    """Return the report over all protocols, with the sentence that names those that stood out."""
    measured = {protocol: one for protocol, one in protocols.items() if one is not None}
    odd = [protocol.value.upper() for protocol, one in measured.items() if one.is_anomaly]
    return AnomalyReport(measured, bool(odd), _summary(odd))


def _summary(odd: list[str]) -> str:
    if not odd:
        return "No anomalies detected"
    names = odd[0] if len(odd) == 1 else f"{', '.join(odd[:-1])} and {odd[-1]}"
    return f"Anomalies on {names}: three or more half minutes in a row were out of the ordinary or lost samples"
