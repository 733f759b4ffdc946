"""The SLA of one uplink over one period, from whole seconds alone.

Every second of the period is exactly one of up, degraded, down, unknown, excluded. Availability is what was usable of
what was measured and counts; its bounds say what it would be had every unknown second been down, or up. Percentages are
cut to four decimals, never rounded up, and compared with the target as exact fractions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import TypedDict
from zoneinfo import ZoneInfo

from ispstatus.model.record import Outage
from ispstatus.model.state import Fault
from ispstatus.model.uplink import Contract
from ispstatus.model.window import Window

SCHEMA = 1
RULE_ID = "seconds-1"
"""Names the rule of this module: printed on reports, changed when a figure would."""
LEAST_COVERAGE = Fraction(95, 100)
FLAP_S = 30
LOCAL_FAULTS = frozenset({Fault.LOCAL, Fault.BOX})


class SlaVerdict(StrEnum):
    """How the period stands against the target."""

    MET = "met"
    """Even if every unknown second had been down."""
    POSSIBLE_BREACH = "possible_breach"
    """It depends on the unknown seconds."""
    BREACHED = "breached"
    """Even if every unknown second had been up."""
    INSUFFICIENT = "insufficient"
    """Less than 95 % of the period was measured, and no breach is proven."""


@dataclass(frozen=True, slots=True)
class SecondSums:
    """What the stored minutes of a period add up to. What no minute speaks for is unknown."""

    up_s: int = 0
    degraded_s: int = 0
    down_s: Mapping[Fault, int] = field(default_factory=lambda: MappingProxyType({}))
    """By where it broke."""
    excluded_s: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Stream echoes of the minutes in which the uplink was usable."""

    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The arithmetic of one period, without names: used by reports, history and /metrics alike."""

    period_s: int
    up_s: int
    degraded_s: int
    down_s: int
    unknown_s: int
    excluded_s: int

    @property
    def availability(self) -> Fraction | None:
        """Usable of measured; None when nothing was."""
        return _share(self.up_s + self.degraded_s, self.up_s + self.degraded_s + self.down_s)

    @property
    def lower(self) -> Fraction | None:
        """Availability had every unknown second been down."""
        return _share(self.up_s + self.degraded_s, self.period_s - self.excluded_s)

    @property
    def upper(self) -> Fraction | None:
        """Availability had every unknown second been up."""
        return _share(self.period_s - self.excluded_s - self.down_s, self.period_s - self.excluded_s)

    @property
    def coverage(self) -> Fraction | None:
        """Measured of what counts."""
        return _share(self.up_s + self.degraded_s + self.down_s, self.period_s - self.excluded_s)


@dataclass(frozen=True, slots=True)
class SlaReport:
    """One uplink's period, in the order of the columns of /api/sla.csv."""

    schema: int
    site: str
    uplink: str
    isp: str | None
    circuit_id: str | None
    period_start_utc: str
    period_end_utc: str
    period_start_local: str
    period_end_local: str
    tz: str
    partial: bool
    """The period is not over, or the uplink is younger than it."""
    period_s: int
    excluded_s: int
    up_s: int
    degraded_s: int
    down_s: int
    down_isp_s: int
    down_local_s: int
    """Of ``down_s``: our own link, power or box."""
    down_access_s: int
    down_provider_s: int
    unknown_s: int
    coverage_pct: float | None
    availability_pct: float | None
    availability_lower_pct: float | None
    availability_upper_pct: float | None
    sla_target_pct: str | None
    budget_s: int | None
    """Down seconds the target allows in this period."""
    budget_used_s: int
    verdict: str | None
    """A ``SlaVerdict``; None without a target."""
    outages: int
    longest_outage_s: int
    """Inside the period."""
    mttr_s: int | None
    """Mean length of outages that ended."""
    mtbf_s: int | None
    """Usable seconds per outage."""
    flaps: int
    """Outages shorter than 30 s."""
    loss_pct_available: float | None
    packets_sent: int
    packets_received: int
    rule_id: str


SLA_COLUMNS: tuple[str, ...] = tuple(column.name for column in fields(SlaReport))


def figures_of(period_s: int, sums: SecondSums) -> Figures:
    """Return the figures of a period; the five classes sum to it, or ValueError: the minutes overlap or leave it."""
    down_s = sum(sums.down_s.values())
    judged_s = sums.up_s + sums.degraded_s + down_s + sums.excluded_s
    if judged_s > period_s or min(sums.up_s, sums.degraded_s, down_s, sums.excluded_s) < 0:
        raise ValueError(f"{judged_s} seconds are classed in a period of {period_s}")
    figures = Figures(period_s, sums.up_s, sums.degraded_s, down_s, period_s - judged_s, sums.excluded_s)
    total_s = figures.up_s + figures.degraded_s + figures.down_s + figures.unknown_s + figures.excluded_s
    assert total_s == period_s  # noqa: S101  the identity every report rests on
    return figures


def elapsed(window: Window, *, now_at: datetime, known_since_at: datetime | None = None) -> tuple[Window, bool]:
    """Return the part of ``window`` there can be figures for, in whole seconds, and whether it is only a part.

    A period that is not over ends now; an uplink younger than the period starts with its first minute.
    """
    start_at = window.start_at if known_since_at is None else max(window.start_at, known_since_at)
    end_at = max(start_at, min(window.end_at, now_at)).replace(microsecond=0)
    start_at = min(start_at.replace(microsecond=0), end_at)
    return Window(start_at, end_at), (start_at, end_at) != (window.start_at, window.end_at)


def report_of(  # noqa: PLR0913  a report has as many facts as it has columns
    *,
    site: str,
    uplink: str,
    contract: Contract,
    window: Window,
    zone: ZoneInfo,
    sums: SecondSums,
    outages: Sequence[Outage],
    traffic: Traffic,
    partial: bool = False,
) -> SlaReport:
    """Return the SLA of one uplink over ``window`` (see ``elapsed``). ``outages`` are those that touch it."""
    figures = figures_of(window.seconds, sums)
    local_s = sum(seconds for fault, seconds in sums.down_s.items() if fault in LOCAL_FAULTS)
    verdict = verdict_of(figures, contract.sla_target_pct)
    return SlaReport(
        schema=SCHEMA,
        site=site,
        uplink=uplink,
        isp=contract.isp,
        circuit_id=contract.circuit_id,
        **_ends_of(window, zone),
        partial=partial,
        period_s=figures.period_s,
        excluded_s=figures.excluded_s,
        up_s=figures.up_s,
        degraded_s=figures.degraded_s,
        down_s=figures.down_s,
        down_isp_s=figures.down_s - local_s,
        down_local_s=local_s,
        down_access_s=sums.down_s.get(Fault.ACCESS, 0),
        down_provider_s=sums.down_s.get(Fault.PROVIDER, 0),
        unknown_s=figures.unknown_s,
        coverage_pct=percent(figures.coverage),
        availability_pct=percent(figures.availability),
        availability_lower_pct=percent(figures.lower),
        availability_upper_pct=percent(figures.upper),
        sla_target_pct=contract.sla_target_pct,
        budget_s=budget_of(figures, contract.sla_target_pct),
        budget_used_s=figures.down_s,
        verdict=None if verdict is None else verdict.value,
        **_outages_of(outages, window, usable_s=figures.up_s + figures.degraded_s),
        loss_pct_available=percent(_share(traffic.sent - traffic.received, traffic.sent)),
        packets_sent=traffic.sent,
        packets_received=traffic.received,
        rule_id=RULE_ID,
    )


def verdict_of(figures: Figures, target_pct: str | None) -> SlaVerdict | None:
    """Compare with the target (a decimal string) exactly; None without a target. A proven breach needs no coverage."""
    if target_pct is None:
        return None
    target = Fraction(target_pct) / 100
    if figures.upper is None or figures.lower is None or figures.coverage is None:
        return SlaVerdict.INSUFFICIENT
    if figures.upper < target:
        return SlaVerdict.BREACHED
    if figures.coverage < LEAST_COVERAGE:
        return SlaVerdict.INSUFFICIENT
    return SlaVerdict.MET if figures.lower >= target else SlaVerdict.POSSIBLE_BREACH


def budget_of(figures: Figures, target_pct: str | None) -> int | None:
    """Return the whole down seconds the target allows: 2592 in 30 days at 99.9."""
    if target_pct is None:
        return None
    return int((1 - Fraction(target_pct) / 100) * (figures.period_s - figures.excluded_s))


def percent(share: Fraction | None) -> float | None:
    """Return a share in percent, cut to four decimals: 0.99899999 is 99.8999, never 99.9."""
    return None if share is None else int(share * 1_000_000) / 10_000


def length_within(outage: Outage, window: Window) -> int:
    """Return the whole seconds of an outage that lie inside ``window``; one that lasts reaches its end."""
    start_at = max(outage.first_bad_at, window.start_at)
    end_at = min(outage.first_good_at or window.end_at, window.end_at)
    return max(0, _seconds(start_at, end_at))


class _Ends(TypedDict):
    period_start_utc: str
    period_end_utc: str
    period_start_local: str
    period_end_local: str
    tz: str


def _ends_of(window: Window, zone: ZoneInfo) -> _Ends:
    return {
        "period_start_utc": _utc(window.start_at),
        "period_end_utc": _utc(window.end_at),
        "period_start_local": window.start_at.astimezone(zone).isoformat(),
        "period_end_local": window.end_at.astimezone(zone).isoformat(),
        "tz": zone.key,
    }


class _Outages(TypedDict):
    outages: int
    longest_outage_s: int
    mttr_s: int | None
    mtbf_s: int | None
    flaps: int


def _outages_of(outages: Sequence[Outage], window: Window, *, usable_s: int) -> _Outages:
    ended = [_seconds(outage.first_bad_at, outage.first_good_at) for outage in outages if outage.first_good_at]
    return {
        "outages": len(outages),
        "longest_outage_s": max((length_within(outage, window) for outage in outages), default=0),
        "mttr_s": sum(ended) // len(ended) if ended else None,
        "mtbf_s": usable_s // len(outages) if outages else None,
        "flaps": sum(length_s < FLAP_S for length_s in ended),
    }


def _seconds(start_at: datetime, end_at: datetime) -> int:
    return int((end_at - start_at).total_seconds())


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
