"""A month of a metered uplink, planned by the real code and paid in full: the budget holds whatever happens to it."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from ispstatus.decide.cadence import MB, MINUTE
from ispstatus.decide.suspicion import may_start_event_cycle
from ispstatus.jobs.asking import hosts_to_resolve
from ispstatus.jobs.clients import Clients
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.messages import StatusAsked
from ispstatus.jobs.plan import CyclePlan
from ispstatus.jobs.planner import Surroundings, plan_cycle, stream_every_s
from ispstatus.jobs.roster import Roster
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import PathProof
from ispstatus.model.sample import HttpSample
from tests.helpers.make import FAILED, a_path, an_uplink
from tests.jobs.living import Hands, a_live

PATH = a_path(device="wwan0", gateway=None)
PROOF = PathProof(7, is_proven=True)
RESOLVERS = ("198.51.100.53",)
"""The link's own; two public ones come along."""
STARTS, ENDS = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
BURSTS = 2


@dataclass
class Month:
    """One uplink through one month; every probe a plan asks for is sent, and every series needs all its echoes."""

    budget_mb: int
    polls_a_minute: int = 0
    is_flapping: bool = False
    hands: Hands = field(default_factory=lambda: Hands(STARTS.timestamp()))
    checks: int = 0
    events: int = 0
    answered: int = 0
    days_checked: set[int] = field(default_factory=set)
    echo_minutes: int = 0

    def __post_init__(self) -> None:
        self.live = a_live(an_uplink(interface="wwan0", budget_mb_month=self.budget_mb))
        self.stored: dict[int, int] = {}
        self.restart()

    def restart(self) -> None:
        """Begin anew from what is stored, as after a crash."""
        self.live = a_live(self.live.uplink)
        self.ledger = Ledger(self.hands.clock, ZoneInfo("UTC"), lambda _month: dict(self.stored))
        roster = Roster(lambda _uplink: self.live)
        roster.replace([self.live.uplink])
        self.clients = Clients(self.hands.clock, roster, cast(Any, None))

    @property
    def spent_bytes(self) -> int:
        return self.ledger.spent_bytes(self.live)

    def run(self, *, until: datetime = ENDS) -> None:
        """Live through the month, minute by minute."""
        live = self.live
        while self.hands.now < until:
            self._cycle(live, Trigger.START if live.measured_boot_s is None else Trigger.MINUTE)
            self.echo_minutes += 1
            self._stream(live)
            for second in range(0, MINUTE, 5):
                if self.is_flapping:
                    self._event(live)
                if self.polls_a_minute and second % (MINUTE // self.polls_a_minute) == 0:
                    self._poll(live)
                self.hands.pass_time(5)
            self._book()

    def _book(self) -> None:
        for uplink_id, count in self.ledger.book([self.live])[1].items():
            self.stored[uplink_id] = self.stored.get(uplink_id, 0) + count

    def _cycle(self, live: LiveUplink, trigger: Trigger) -> None:
        minute_ts = int(self.hands.wall) // MINUTE * MINUTE
        around = Surroundings(RESOLVERS, None, None, clock_is_synchronised=True, minute_ts=minute_ts)
        self.ledger.review(live, PATH, resolvers=3)
        plan = plan_cycle(live, 1, PATH, PROOF, trigger, around, self.hands.boot)
        self._send(live, plan)
        live.measured_boot_s = self.hands.boot
        if plan.round.http:
            self.checks += 1
            self.days_checked.add(self.hands.now.day)

    def _send(self, live: LiveUplink, plan: CyclePlan) -> None:
        names = len(plan.resolvers) * (len(plan.names) + len(hosts_to_resolve(plan)))
        live.stream.tally.add(
            4,
            echoes=plan.round.echoes * len(plan.pings),
            dns=names if plan.round.dns else 0,
            http=sum(not target.is_tls for target in plan.https),
            https=sum(target.is_tls for target in plan.https),
        )
        live.addresses.update({str(target.url).split("/")[2]: "192.0.2.80" for target in plan.https})

    def _stream(self, live: LiveUplink) -> None:
        every_s = stream_every_s(live)
        if every_s is not None:
            echoes = MINUTE / every_s * (1 + BURSTS * 3 if self.is_flapping else 1)
            live.stream.tally.total_bytes += round(echoes * 168)

    def _event(self, live: LiveUplink) -> None:
        """The line goes and comes at every turn, as fast as event cycles may follow each other."""
        now = self.hands.boot
        may = may_start_event_cycle(now, live.last_event_boot_s, events_while_down=0)
        if may and live.may_confirm:
            live.last_event_boot_s = now
            self.events += 1
            self._cycle(live, Trigger.SILENCE if self.events % 2 else Trigger.ANSWER)

    def _poll(self, live: LiveUplink) -> None:
        def start(live: LiveUplink, trigger: Trigger) -> None:
            self.answered += 1
            self._cycle(live, trigger)

        self.clients.ask(StatusAsked((live.uplink.id,), Future()), start)
        self.clients.verdict_given(live)


def test_a_month_of_50_mb_holds_while_the_line_flaps_and_clients_poll() -> None:
    month = Month(50, polls_a_minute=3, is_flapping=True)
    month.run()

    assert 0.9 * 50 * MB < month.spent_bytes <= 50 * MB
    assert month.echo_minutes == 31 * 24 * 60


def test_a_quiet_month_spends_what_it_may_and_no_more_than_nine_tenths() -> None:
    month = Month(50)
    month.run()

    assert 0.85 * 50 * MB < month.spent_bytes <= 0.9 * 50 * MB
    assert month.days_checked == set(range(1, 32))
    assert month.checks >= 31 * 24


def test_clients_are_served_from_what_is_left_over_and_the_checks_go_on_all_month() -> None:
    month = Month(50, polls_a_minute=3)
    month.run()

    assert month.answered > 1000
    assert month.days_checked == set(range(1, 32))
    assert month.checks >= 0.9 * 31 * 24


def test_flapping_is_confirmed_until_the_reserve_is_spent_and_echoes_go_on() -> None:
    month = Month(50, is_flapping=True)
    month.run(until=datetime(2026, 3, 20, tzinfo=UTC))

    assert month.events > 1000
    assert not month.live.may_confirm
    spent = month.spent_bytes
    month.run(until=datetime(2026, 3, 21, tzinfo=UTC))
    assert month.spent_bytes - spent == pytest.approx(24 * 60 * 3 * 168, rel=0.2)


def test_a_check_that_fails_for_the_whole_month_and_asks_for_its_name_each_time_is_paid_for() -> None:
    month = Month(50)
    month.live.https["http://one.example/"] = (HttpSample("http://one.example/", "One", FAILED), 0.0)
    month.run()

    assert month.spent_bytes <= 0.9 * 50 * MB


def test_restarts_do_not_open_the_purse_again() -> None:
    month = Month(50, is_flapping=True)
    for day in range(2, 32):
        month.run(until=datetime(2026, 3, day, tzinfo=UTC))
        month.restart()
    month.run()

    assert month.spent_bytes <= 50 * MB
