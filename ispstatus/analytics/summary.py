"""The ``summary`` and ``daily`` rows of /api/history. Minutes are counted by their worst state; availability comes from
seconds, by the same arithmetic as the SLA."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ispstatus.analytics.buckets import BUCKET
from ispstatus.analytics.sla import Figures, SecondSums, figures_of, length_within, percent
from ispstatus.model.record import Bucket, Outage
from ispstatus.model.state import Fault
from ispstatus.model.window import Window


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One row; percentages with up to four decimals, cut not rounded, None when there is nothing to divide by."""

    up_pct: float | None
    degraded_pct: float | None
    down_pct: float | None
    no_data_pct: float | None
    samples: int
    """Minutes with a verdict."""
    availability_pct: float | None
    availability_lower_pct: float | None
    availability_upper_pct: float | None
    coverage_pct: float | None
    downtime_s: int
    outages: int
    longest_outage_s: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What the buckets of a window add up to; addable, so that days join to longer windows."""

    buckets: int = 0
    up: int = 0
    degraded: int = 0
    down: int = 0
    """Minutes by state."""
    down_s: int = 0
    unknown_s: int = 0
    excluded_s: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            buckets=self.buckets + other.buckets,
            up=self.up + other.up,
            degraded=self.degraded + other.degraded,
            down=self.down + other.down,
            down_s=self.down_s + other.down_s,
            unknown_s=self.unknown_s + other.unknown_s,
            excluded_s=self.excluded_s + other.excluded_s,
        )

    @property
    def measured_s(self) -> int:
        """Seconds the stored buckets call usable."""
        return self.buckets * BUCKET - self.down_s - self.unknown_s - self.excluded_s


def totals_of(buckets: Iterable[Bucket]) -> Totals:
    """Add up stored buckets."""
    total = Totals()
    for bucket in buckets:
        total += Totals(1, bucket.up, bucket.degraded, bucket.down, bucket.down_s, bucket.unknown_s, bucket.excluded_s)
    return total


def summarise(window: Window, totals: Totals, outages: Sequence[Outage]) -> SummaryRow:
    """Return the row of ``window``, a whole number of buckets; those not stored are no data and unknown.

    ``outages`` are those that touch the window.
    """
    minutes = window.seconds // 60
    figures = _figures(window, totals)
    samples = totals.up + totals.degraded + totals.down
    return SummaryRow(
        up_pct=_pct(totals.up, minutes),
        degraded_pct=_pct(totals.degraded, minutes),
        down_pct=_pct(totals.down, minutes),
        no_data_pct=_pct(minutes - samples, minutes),
        samples=samples,
        availability_pct=percent(figures.availability),
        availability_lower_pct=percent(figures.lower),
        availability_upper_pct=percent(figures.upper),
        coverage_pct=percent(figures.coverage),
        downtime_s=figures.down_s,
        outages=len(outages),
        longest_outage_s=max((length_within(outage, window) for outage in outages), default=0),
    )


def _figures(window: Window, totals: Totals) -> Figures:
    sums = SecondSums(up_s=totals.measured_s, down_s={Fault.NONE: totals.down_s}, excluded_s=totals.excluded_s)
    return figures_of(window.seconds, sums)


def _pct(part: int, whole: int) -> float | None:
    return part * 1_000_000 // whole / 10_000 if whole else None
