"""What each uplink delivered, from stored seconds alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ispstatus.actions.uplinks import register_uplinks
from ispstatus.analytics.months import month_window
from ispstatus.analytics.sla import SlaReport
from ispstatus.model.state import Fault, State
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.queries.sla import sla, sla_reports
from ispstatus.queries.uplinks import all_uplinks
from ispstatus.store import minutes, outages, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS, a_minute, an_outage, at
from tests.queries.kit import fibre, fill
from tests.store.kit import some_uplinks

HOUR = Window(NOON, at(3600))
LATER = at(7200)
BERLIN = ZoneInfo("Europe/Berlin")


def report(reader: Reader, window: Window = HOUR, now: datetime = LATER, uplink: Uplink | None = None) -> SlaReport:
    return sla(reader, uplink or fibre(reader), window, site="Head office", zone=BERLIN, now_at=now)


def down(minute: int, seconds: int, fault: Fault = Fault.ACCESS) -> Any:
    return a_minute(minute, state=State.DOWN, up_s=60 - seconds, down_s=seconds, down_fault=fault)


def test_every_second_of_the_period_is_one_of_five(reader: Reader, db: Db) -> None:
    degraded = a_minute(10, state=State.DEGRADED, up_s=20, degraded_s=40)
    excluded = a_minute(12, up_s=50, excluded_s=10)
    fill(db, [*(a_minute(n) for n in range(10)), degraded, down(11, 15), excluded])

    found = report(reader)

    assert (found.up_s, found.degraded_s, found.down_s, found.excluded_s) == (715, 40, 15, 10)
    assert found.unknown_s == 3600 - 715 - 40 - 15 - 10, "minutes nobody stored are unknown"
    assert found.period_s == found.up_s + found.degraded_s + found.down_s + found.unknown_s + found.excluded_s


def test_down_seconds_are_told_apart_by_whose_fault_they_were(reader: Reader, db: Db) -> None:
    faults = (Fault.LOCAL, Fault.BOX, Fault.ACCESS, Fault.PROVIDER, Fault.REMOTE)
    fill(db, [down(n, n + 1, fault) for n, fault in enumerate(faults)])

    found = report(reader)

    assert (found.down_s, found.down_local_s, found.down_isp_s) == (15, 3, 12)
    assert (found.down_access_s, found.down_provider_s) == (3, 4)


def test_loss_is_of_the_minutes_in_which_it_was_usable(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(0, sent=60, received=59), down(1, 60), a_minute(2, state=State.DEGRADED, received=30)])

    found = report(reader)

    assert (found.packets_sent, found.packets_received) == (120, 89)
    assert found.loss_pct_available == 25.8333


def test_a_period_that_is_not_over_ends_with_the_last_whole_minute(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(n) for n in range(10)])

    found = report(reader, now=at(5 * 60 + 59))

    assert (found.partial, found.period_s, found.up_s) == (True, 300, 300)
    assert not report(reader).partial


def test_an_uplink_younger_than_the_period_starts_with_its_first_minute(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(n) for n in range(30, 60)])

    found = report(reader)

    assert (found.partial, found.period_s, found.unknown_s) == (True, 1800, 0)
    assert found.period_start_utc == "2026-03-01T12:30:00Z"


def test_a_first_minute_once_known_is_never_forgotten_with_the_row(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(n) for n in range(10)])
    db.run("DELETE FROM minute WHERE ts < ?", (NOON_TS + 300,))

    found = report(reader)

    assert (found.period_s, found.unknown_s) == (3600, 3300)
    assert uplinks.first_minutes(db) == {1: NOON_TS}
    assert minutes.reach(db)[0] == NOON_TS + 300


def test_outages_count_as_far_as_they_lie_in_the_period(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(0)])
    for start, length in ((-60, 90), (600, 20), (3590, 100), (4000, 10)):
        outages.add(db, an_outage(start, length))

    found = report(reader)

    assert (found.outages, found.longest_outage_s, found.flaps) == (3, 30, 1)


def test_every_uplink_has_its_own_report_in_the_order_asked_for(reader: Reader, db: Db) -> None:
    register_uplinks(db, some_uplinks(2))
    fill(db, [a_minute(0), a_minute(1), a_minute(0, uplink_id=2)])
    both = all_uplinks(reader)

    found = sla_reports(reader, both[::-1], HOUR, site="s", zone=BERLIN, now_at=LATER)

    assert [(one.uplink, one.up_s) for one in found] == [("line2", 60), ("fibre", 120)]


@pytest.mark.parametrize(
    ("month", "hours", "local"),
    [("2026-03", 743, "2026-03-01T00:00:00+01:00"), ("2026-10", 745, "2026-10-01T00:00:00+02:00")],
)
def test_a_month_is_the_sites_own_with_an_hour_less_or_more(
    reader: Reader, db: Db, month: str, hours: int, local: str
) -> None:
    window = month_window(month, BERLIN)
    with db.transaction():
        uplinks.note_first_minute(db, 1, window.start_ts - 60)
        minutes.put_minutes(db, [a_minute(ts=ts) for ts in range(window.start_ts, window.end_ts, 60)])

    found = report(reader, window, now=window.end_at + timedelta(days=1))

    assert (found.period_s, found.up_s, found.unknown_s) == (hours * 3600, hours * 3600, 0)
    assert (found.period_start_local, found.tz) == (local, "Europe/Berlin")
    assert (found.availability_pct, found.partial) == (100.0, False)


def test_a_period_before_everything_is_empty_and_no_error(reader: Reader, db: Db) -> None:
    fill(db, [a_minute(0)])

    found = report(reader, Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC)))

    assert (found.period_s, found.availability_pct, found.partial) == (0, None, True)
