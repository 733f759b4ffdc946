"""The summary and daily rows of history."""

from dataclasses import replace

import pytest

from ispstatus.analytics.buckets import bucket_of
from ispstatus.analytics.summary import SummaryRow, Totals, summarise, totals_of
from ispstatus.model.record import Bucket
from ispstatus.model.state import State
from ispstatus.model.window import Window
from tests.helpers.make import NOON_TS, a_minute, an_outage, at

HOUR = Window(at(0), at(3600))


def buckets(count: int) -> list[Bucket]:
    """Return so many healthy buckets from noon on."""
    return [bucket_of(1, NOON_TS + 300 * n, [a_minute(5 * n + minute) for minute in range(5)]) for n in range(count)]


def test_a_healthy_hour() -> None:
    assert summarise(HOUR, totals_of(buckets(12)), []) == SummaryRow(
        up_pct=100.0,
        degraded_pct=0.0,
        down_pct=0.0,
        no_data_pct=0.0,
        samples=60,
        availability_pct=100.0,
        availability_lower_pct=100.0,
        availability_upper_pct=100.0,
        coverage_pct=100.0,
        downtime_s=0,
        outages=0,
        longest_outage_s=0,
    )


def test_minutes_are_worst_state_and_availability_is_seconds() -> None:
    bad = bucket_of(
        1,
        NOON_TS,
        [
            a_minute(0, state=State.DOWN, up_s=50, down_s=10),
            a_minute(1, state=State.DEGRADED, up_s=0, degraded_s=60),
            a_minute(2),
        ],
    )

    row = summarise(HOUR, totals_of([bad, *buckets(12)[1:]]), [an_outage(20, 10)])

    assert (row.up_pct, row.degraded_pct, row.down_pct, row.no_data_pct) == (93.3333, 1.6666, 1.6666, 3.3333)
    assert (row.samples, row.downtime_s, row.outages, row.longest_outage_s) == (58, 10, 1, 10)
    assert row.availability_pct == 99.7126
    assert row.availability_lower_pct == 96.3888
    assert row.availability_upper_pct == 99.7222
    assert row.coverage_pct == 96.6666


def test_buckets_that_are_not_stored_are_no_data_and_unknown() -> None:
    row = summarise(HOUR, totals_of(buckets(6)), [])

    assert (row.up_pct, row.no_data_pct, row.samples, row.coverage_pct) == (50.0, 50.0, 30, 50.0)
    assert (row.availability_pct, row.availability_lower_pct, row.availability_upper_pct) == (100.0, 50.0, 100.0)


def test_nothing_stored_is_no_availability_never_100() -> None:
    row = summarise(HOUR, Totals(), [])

    assert (row.availability_pct, row.coverage_pct, row.no_data_pct) == (None, 0.0, 100.0)


def test_an_empty_window_has_nothing_to_divide_by() -> None:
    row = summarise(Window(at(0), at(0)), Totals(), [])

    assert (row.up_pct, row.availability_pct, row.coverage_pct) == (None, None, None)


def test_excluded_seconds_count_neither_way() -> None:
    half = [replace(bucket, excluded_s=150) for bucket in buckets(12)]

    row = summarise(HOUR, totals_of(half), [])

    assert (row.availability_pct, row.coverage_pct) == (100.0, 100.0)


def test_totals_of_days_add_up_to_the_whole() -> None:
    every = buckets(7)

    assert totals_of(every[:3]) + totals_of(every[3:]) == totals_of(every)


@pytest.mark.parametrize(("count", "measured_s"), [(0, 0), (2, 600)])
def test_usable_seconds_are_what_is_neither_down_nor_unknown(count: int, measured_s: int) -> None:
    assert totals_of(buckets(count)).measured_s == measured_s
