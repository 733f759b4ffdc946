"""The SLA: whole seconds, exact fractions, nothing rounded up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.months import month_window
from ispstatus.analytics.sla import (
    SLA_COLUMNS,
    Figures,
    SecondSums,
    SlaReport,
    SlaVerdict,
    Traffic,
    budget_of,
    elapsed,
    figures_of,
    length_within,
    percent,
    report_of,
    verdict_of,
)
from ispstatus.model.state import Fault
from ispstatus.model.uplink import Contract
from ispstatus.model.window import Window
from tests.helpers.make import NOON, an_outage, at

BERLIN = ZoneInfo("Europe/Berlin")
DAY = 86_400
THIRTY_DAYS = 30 * DAY


def figures(**given: int) -> Figures:
    """Return figures of a period in which what is not given was up."""
    period_s = given.pop("period_s", THIRTY_DAYS)
    counts: dict[str, int] = {"degraded_s": 0, "down_s": 0, "unknown_s": 0, "excluded_s": 0, **given}
    return Figures(period_s, period_s - sum(counts.values()), **counts)


# -------------------------------------------------------------------- the identity
def test_what_no_minute_speaks_for_is_unknown() -> None:
    sums = SecondSums(up_s=50, degraded_s=20, down_s={Fault.ACCESS: 5, Fault.LOCAL: 3}, excluded_s=12)

    assert figures_of(100, sums) == Figures(100, up_s=50, degraded_s=20, down_s=8, unknown_s=10, excluded_s=12)


@pytest.mark.parametrize(
    "sums", [SecondSums(up_s=101), SecondSums(up_s=60, excluded_s=41), SecondSums(up_s=-1), SecondSums(excluded_s=-1)]
)
def test_minutes_that_overlap_or_leave_the_period_are_refused(sums: SecondSums) -> None:
    with pytest.raises(ValueError, match="classed in a period of 100"):
        figures_of(100, sums)


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_the_five_classes_are_the_period(unknown_s: int, parts: list[int]) -> None:
    period_s = sum(parts) + unknown_s
    seen = figures_of(period_s, SecondSums(parts[0], parts[1], {Fault.PROVIDER: parts[2]}, parts[3]))

    assert seen.up_s + seen.degraded_s + seen.down_s + seen.unknown_s + seen.excluded_s == period_s
    assert seen.unknown_s == unknown_s
    if seen.lower is not None and seen.upper is not None and seen.availability is not None:
        assert 0 <= seen.lower <= seen.availability <= seen.upper <= 1


# -------------------------------------------------------------------- percentages
@pytest.mark.parametrize(
    ("share", "printed"),
    [
        (Fraction(1), 100.0),
        (Fraction(999, 1000), 99.9),
        (Fraction(99899999, 100000000), 99.8999),
        (Fraction(9999999, 10000000), 99.9999),
        (Fraction(2, 3), 66.6666),
        (Fraction(0), 0.0),
        (None, None),
    ],
)
def test_percentages_are_cut_to_four_decimals_never_rounded_up(share: Fraction | None, printed: float | None) -> None:
    assert percent(share) == printed


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_no_printed_percentage_is_above_the_true_one(part: int, whole: int) -> None:
    share = Fraction(min(part, whole), whole)

    printed = Fraction(str(percent(share)))

    assert share * 100 - Fraction(1, 10_000) < printed <= share * 100
    assert len(str(percent(share)).partition(".")[2]) <= 4 or "e" in str(percent(share))


def test_availability_counts_degraded_as_usable_and_leaves_unknown_and_excluded_out() -> None:
    seen = figures(period_s=1000, degraded_s=100, down_s=100, unknown_s=200, excluded_s=100)

    assert seen.availability == Fraction(600, 700)
    assert (seen.lower, seen.upper, seen.coverage) == (Fraction(600, 900), Fraction(800, 900), Fraction(700, 900))


def test_nothing_measured_has_no_availability_but_bounds() -> None:
    seen = figures(period_s=100, unknown_s=100)

    assert seen.availability is None
    assert [seen.lower, seen.upper, seen.coverage] == [0, 1, 0]


def test_a_period_excluded_whole_has_no_figures() -> None:
    seen = figures(period_s=100, excluded_s=100)

    assert (seen.availability, seen.lower, seen.upper, seen.coverage) == (None, None, None, None)


# -------------------------------------------------------------------- the target
@pytest.mark.parametrize(
    ("target", "days", "budget_s"),
    [
        ("99.9", 30, 2592),
        ("99.95", 30, 1296),
        ("99.99", 30, 259),
        ("99.9", 31, 2678),
        ("99.95", 31, 1339),
        ("99.99", 31, 267),
        ("100", 30, 0),
    ],
)
def test_the_budget_is_whole_seconds(target: str, days: int, budget_s: int) -> None:
    assert budget_of(figures(period_s=days * DAY), target) == budget_s


def test_excluded_seconds_shrink_the_budget() -> None:
    assert budget_of(figures(excluded_s=15 * DAY), "99.9") == 1296
    assert budget_of(figures(), None) is None


@pytest.mark.parametrize(
    ("target", "seen", "verdict"),
    [
        pytest.param("99.9", figures(), SlaVerdict.MET, id="no second down"),
        pytest.param("99.9", figures(down_s=2592), SlaVerdict.MET, id="the last second of the budget"),
        pytest.param("99.9", figures(down_s=2593), SlaVerdict.BREACHED, id="one second over the budget"),
        pytest.param("99.9", figures(unknown_s=2592), SlaVerdict.MET, id="unknown that cannot matter"),
        pytest.param("99.9", figures(down_s=2592, unknown_s=1), SlaVerdict.POSSIBLE_BREACH, id="one unknown second"),
        pytest.param("99.9", figures(unknown_s=3 * DAY), SlaVerdict.INSUFFICIENT, id="ten percent unknown"),
        pytest.param("99.9", figures(unknown_s=THIRTY_DAYS // 20), SlaVerdict.POSSIBLE_BREACH, id="just 95 % covered"),
        pytest.param("99.9", figures(unknown_s=THIRTY_DAYS // 20 + 1), SlaVerdict.INSUFFICIENT, id="just not covered"),
        pytest.param(
            "99.9", figures(unknown_s=20 * DAY, down_s=2593), SlaVerdict.BREACHED, id="a breach proven all the same"
        ),
        pytest.param("99.9", figures(unknown_s=THIRTY_DAYS), SlaVerdict.INSUFFICIENT, id="nothing measured"),
        pytest.param("99.9", figures(excluded_s=THIRTY_DAYS), SlaVerdict.INSUFFICIENT, id="everything excluded"),
        pytest.param("99.9", figures(degraded_s=THIRTY_DAYS), SlaVerdict.MET, id="degraded is usable"),
        pytest.param(None, figures(down_s=DAY), None, id="no target"),
    ],
)
def test_the_verdict(target: str | None, seen: Figures, verdict: SlaVerdict | None) -> None:
    assert verdict_of(seen, target) is verdict


def test_a_target_no_float_can_hold_is_compared_exactly() -> None:
    seen = figures(period_s=10**7, down_s=1)

    assert verdict_of(seen, "99.99999") is SlaVerdict.MET
    assert verdict_of(seen, "99.999991") is SlaVerdict.BREACHED
    assert percent(seen.availability) == 99.9999


# -------------------------------------------------------------------- periods
def test_a_past_month_is_whole() -> None:
    month = month_window("2026-02", BERLIN)

    assert elapsed(month, now_at=NOON) == (month, False)


def test_the_current_month_ends_now() -> None:
    month = month_window("2026-03", BERLIN)

    window, partial = elapsed(month, now_at=NOON + timedelta(seconds=1.9))

    assert (window, partial) == (Window(month.start_at, at(1)), True)


def test_a_young_uplinks_month_starts_with_it() -> None:
    month = month_window("2026-02", BERLIN)
    born_at = datetime(2026, 2, 10, 8, 0, tzinfo=UTC)

    assert elapsed(month, now_at=NOON, known_since_at=born_at) == (Window(born_at, month.end_at), True)


def test_an_uplink_older_than_the_month_does_not_cut_it() -> None:
    month = month_window("2026-02", BERLIN)

    assert elapsed(month, now_at=NOON, known_since_at=NOON - timedelta(days=400)) == (month, False)


@pytest.mark.parametrize("known_since_at", [None, NOON + timedelta(days=99)])
def test_a_month_to_come_is_empty(known_since_at: datetime | None) -> None:
    window, partial = elapsed(month_window("2026-05", BERLIN), now_at=NOON, known_since_at=known_since_at)

    assert (window.seconds, partial) == (0, True)


def test_an_uplink_younger_than_the_months_end_has_no_part_of_it() -> None:
    month = month_window("2026-02", BERLIN)

    window, partial = elapsed(month, now_at=NOON, known_since_at=NOON)

    assert (window.seconds, partial) == (0, True)


# -------------------------------------------------------------------- the report
WINDOW = Window(at(0), at(3600))


def report(**given: Any) -> SlaReport:
    """Return the report of one hour from noon, all up, changed as asked."""
    usual: dict[str, Any] = {
        "site": "Head office",
        "uplink": "fibre",
        "contract": Contract(isp="Liquid", circuit_id="ABC-123", sla_target_pct="99.9"),
        "window": WINDOW,
        "zone": ZoneInfo("Africa/Johannesburg"),
        "sums": SecondSums(up_s=3600),
        "outages": (),
        "traffic": Traffic(1000, 998),
    }
    return report_of(**{**usual, **given})


def test_a_whole_report() -> None:
    sums = SecondSums(
        up_s=3000, degraded_s=100, down_s={Fault.ACCESS: 60, Fault.PROVIDER: 120, Fault.LOCAL: 20}, excluded_s=300
    )
    outages = [an_outage(100, 60), an_outage(1000, 120), an_outage(2000, 20)]

    assert report(sums=sums, outages=outages, partial=True) == SlaReport(
        schema=1,
        site="Head office",
        uplink="fibre",
        isp="Liquid",
        circuit_id="ABC-123",
        period_start_utc="2026-03-01T12:00:00Z",
        period_end_utc="2026-03-01T13:00:00Z",
        period_start_local="2026-03-01T14:00:00+02:00",
        period_end_local="2026-03-01T15:00:00+02:00",
        tz="Africa/Johannesburg",
        partial=True,
        period_s=3600,
        excluded_s=300,
        up_s=3000,
        degraded_s=100,
        down_s=200,
        down_isp_s=180,
        down_local_s=20,
        down_access_s=60,
        down_provider_s=120,
        unknown_s=0,
        coverage_pct=100.0,
        availability_pct=93.9393,
        availability_lower_pct=93.9393,
        availability_upper_pct=93.9393,
        sla_target_pct="99.9",
        budget_s=3,
        budget_used_s=200,
        verdict="breached",
        outages=3,
        longest_outage_s=120,
        mttr_s=66,
        mtbf_s=1033,
        flaps=1,
        loss_pct_available=0.2,
        packets_sent=1000,
        packets_received=998,
        rule_id="seconds-1",
    )


def test_a_month_with_a_clock_change_adds_up() -> None:
    month = month_window("2026-03", BERLIN)

    seen = report(window=month, zone=BERLIN, sums=SecondSums(up_s=743 * 3600))

    assert (seen.period_s, seen.availability_pct, seen.verdict) == (743 * 3600, 100.0, "met")
    assert seen.period_start_local.endswith("+01:00")
    assert seen.period_end_local.endswith("+02:00")


def test_without_outages_or_traffic_or_target() -> None:
    seen = report(traffic=Traffic(), contract=Contract())

    assert (seen.outages, seen.longest_outage_s, seen.flaps) == (0, 0, 0)
    assert (seen.mttr_s, seen.mtbf_s, seen.loss_pct_available, seen.verdict, seen.budget_s) == (None,) * 5


def test_an_outage_that_lasts_counts_but_has_no_length_yet() -> None:
    seen = report(outages=[an_outage(3000, None)], sums=SecondSums(up_s=3000, down_s={Fault.PROVIDER: 600}))

    assert (seen.outages, seen.longest_outage_s, seen.mttr_s, seen.flaps) == (1, 600, None, 0)


def test_the_box_itself_is_local() -> None:
    seen = report(sums=SecondSums(up_s=3500, down_s={Fault.BOX: 60, Fault.DNS: 40}))

    assert (seen.down_local_s, seen.down_isp_s, seen.down_s) == (60, 40, 100)


@pytest.mark.parametrize(
    ("start", "length", "within"),
    [
        pytest.param(-100, 50, 0, id="before"),
        pytest.param(-100, 150, 50, id="over the beginning"),
        pytest.param(3500, 500, 100, id="over the end"),
        pytest.param(-100, 9000, 3600, id="over both"),
        pytest.param(10, 0.9, 0, id="less than a second"),
        pytest.param(3000, None, 600, id="lasting"),
    ],
)
def test_an_outage_is_cut_to_the_period(start: float, length: float | None, within: int) -> None:
    assert length_within(an_outage(start, length), WINDOW) == within


def test_an_outage_of_thirty_seconds_is_no_flap() -> None:
    assert [report(outages=[an_outage(0, length)]).flaps for length in (29, 30)] == [1, 0]


def test_columns_are_the_fields_in_order() -> None:
    assert SLA_COLUMNS[:3] == ("schema", "site", "uplink")
    assert SLA_COLUMNS[-1] == "rule_id"
    assert len(SLA_COLUMNS) == 38


def test_an_uplink_without_a_contract_has_empty_cells() -> None:
    seen = replace(report(contract=Contract()))

    assert (seen.isp, seen.circuit_id, seen.sla_target_pct) == (None, None, None)
