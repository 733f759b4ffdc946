"""What probing has cost, and what may still be spent: by the site's calendar month, across restarts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ispstatus.decide.cadence import MB
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink
from tests.helpers.make import a_path, an_uplink
from tests.jobs.living import Hands, a_live

JOHANNESBURG = ZoneInfo("Africa/Johannesburg")
PATH = a_path(gateway=None)


class Stored:
    """The store's table: month, then uplink, then bytes."""

    def __init__(self, **months: Mapping[int, int]) -> None:
        self.months = {month.removeprefix("m").replace("_", "-"): dict(spent) for month, spent in months.items()}

    def spent_in(self, month: str) -> Mapping[int, int]:
        return dict(self.months.get(month, {}))

    def keep(self, month: str, spent: Mapping[int, int]) -> None:
        kept = self.months.setdefault(month, {})
        for uplink_id, count in spent.items():
            kept[uplink_id] = kept.get(uplink_id, 0) + count


def a_ledger(hands: Hands, stored: Stored | None = None, zone: ZoneInfo = JOHANNESBURG) -> Ledger:
    return Ledger(hands.clock, zone, (stored or Stored()).spent_in)


def lte(**changes: object) -> LiveUplink:
    return a_live(an_uplink(**{"interface": "wwan0", "budget_mb_month": 50, **changes}))


def spend(live: LiveUplink, count: int) -> None:
    live.stream.tally.total_bytes += count


def test_spent_is_what_was_stored_and_what_has_been_sent_since() -> None:
    ledger, live = a_ledger(Hands(), Stored(m2026_03={1: 700, 2: 9})), lte()
    spend(live, 42)

    assert ledger.spent_bytes(live) == 742


def test_booking_hands_each_byte_over_once() -> None:
    ledger, live = a_ledger(Hands(), Stored(m2026_03={1: 700})), lte()
    spend(live, 42)

    assert ledger.book([live]) == ("2026-03", {1: 42})
    assert ledger.book([live]) == ("2026-03", {})
    spend(live, 8)
    assert ledger.book([live]) == ("2026-03", {1: 8})
    assert ledger.spent_bytes(live) == 750


def test_an_uplink_followed_anew_goes_on_from_what_was_booked() -> None:
    stored, ledger = Stored(), a_ledger(Hands())
    before, after = lte(), lte()
    spend(before, 5000)
    stored.keep(*ledger.book([before]))
    spend(after, 7)

    assert ledger.spent_bytes(after) == 5007
    assert ledger.book([after]) == ("2026-03", {1: 7})


def test_a_restart_in_mid_month_goes_on_from_what_was_stored() -> None:
    hands, stored = Hands(), Stored()
    before, live = a_ledger(hands, stored), lte()
    spend(live, 49 * MB)
    stored.keep(*before.book([live]))

    after, reborn = a_ledger(hands, stored), lte()
    after.review(reborn, PATH, resolvers=3)

    assert after.spent_bytes(reborn) == 49 * MB
    assert not reborn.may_check


def test_a_new_month_of_the_site_begins_with_nothing_spent() -> None:
    hands, stored = Hands(), Stored(m2026_03={1: 50 * MB})
    ledger, live = a_ledger(hands, stored), lte()
    hands.until(datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC))
    ledger.review(live, PATH, resolvers=3)
    assert not live.may_confirm

    hands.pass_time(1)
    ledger.review(live, PATH, resolvers=3)

    assert ledger.spent_bytes(live) == 0
    assert live.may_check
    assert ledger.book([live]) == ("2026-04", {})


def test_what_is_kept_back_is_for_the_rest_of_the_month_in_the_sites_zone() -> None:
    hands, live = Hands(), lte()
    hands.until(datetime(2026, 3, 31, 21, 0, tzinfo=UTC))
    a_ledger(hands).review(live, PATH, resolvers=3)

    assert live.allowance is not None
    assert live.allowance.purse.left_s == pytest.approx(3600)
    assert live.allowance.purse.budget_bytes == 50 * MB


def test_a_site_that_moves_counts_by_its_new_zone() -> None:
    hands = Hands()
    ledger = a_ledger(hands, Stored(m2026_03={1: 3}, m2026_04={1: 4}))
    hands.until(datetime(2026, 3, 31, 23, 0, tzinfo=UTC))
    assert ledger.spent_bytes(lte()) == 4

    ledger.move(ZoneInfo("UTC"))

    assert ledger.spent_bytes(lte()) == 3


def test_nothing_is_kept_back_on_an_unmetered_uplink() -> None:
    live = a_live(an_uplink())
    a_ledger(Hands()).review(live, PATH, resolvers=3)

    assert live.allowance is None
    assert (live.may_check, live.may_confirm) == (True, True)


@pytest.mark.parametrize(
    ("metered", "is_mobile", "is_metered"),
    [(None, True, True), (None, False, False), (False, True, False), (True, False, True)],
)
def test_a_modem_is_metered_whatever_its_name_unless_the_file_says_otherwise(
    *, metered: bool | None, is_mobile: bool, is_metered: bool
) -> None:
    live = a_live(an_uplink(interface="enx0c5b8f279a64", metered=metered), is_mobile=is_mobile)
    a_ledger(Hands()).review(live, PATH, resolvers=3)

    assert (live.allowance is not None) is is_metered


def test_a_plan_is_kept_for_an_hour_unless_its_premises_change() -> None:
    hands, live = Hands(), lte()
    ledger = a_ledger(hands)
    ledger.review(live, PATH, resolvers=3)
    assert live.allowance is not None
    first = live.allowance.metering

    spend(live, 25 * MB)
    hands.pass_time(3599)
    ledger.review(live, PATH, resolvers=3)
    assert live.allowance.metering == first

    hands.pass_time(1)
    ledger.review(live, PATH, resolvers=3)
    assert live.allowance.metering.checks_every_min > first.checks_every_min

    ledger.review(live, PATH, resolvers=9)
    assert live.allowance.metering.checks_every_min > 60
