"""Cadence: what a minute runs, what a month costs, and that a budget holds."""

from dataclasses import replace
from typing import Any

import pytest

from ispstatus.decide.cadence import (
    CHECKS_EVERY_MIN,
    MB,
    MINUTE,
    MONTH_S,
    Allowance,
    Metering,
    Purse,
    Round,
    bytes_of,
    choose_round,
    echo_round,
    event_round,
    meter,
    minute_round,
    month_cost,
)
from ispstatus.model.evidence import Trigger
from ispstatus.model.uplink import Family, HttpTarget, PingTarget, ProbePlan, ResolveTarget, Uplink
from tests.helpers.make import an_uplink

DEFAULTS = ProbePlan(
    ping=(
        PingTarget("1.1.1.1", "Cloudflare"),
        PingTarget("8.8.8.8", "Google"),
        PingTarget("9.9.9.9", "Quad9"),
        PingTarget("2606:4700:4700::1111", "Cloudflare"),
        PingTarget("2001:4860:4860::8888", "Google"),
        PingTarget("2620:fe::fe", "Quad9"),
    ),
    http=(
        HttpTarget("http://cp.cloudflare.com/generate_204", "Cloudflare"),
        HttpTarget("http://detectportal.firefox.com/success.txt", "Mozilla"),
        HttpTarget("https://www.gstatic.com/generate_204", "Google"),
    ),
    resolvers=None,
    resolve=(ResolveTarget("example.com"),),
)
FIBRE = an_uplink(plan=DEFAULTS)
MINUTES = MONTH_S // MINUTE


def lte(budget_mb: int, **changes: Any) -> Uplink:
    return an_uplink(interface="wwan0", plan=DEFAULTS, budget_mb_month=budget_mb, **changes)


def metered(budget_mb: float, *, left_s: float = MONTH_S, family: Family = 4) -> Metering:
    return meter(lte(50), family, resolvers=3, has_gateway=False, purse=Purse(round(budget_mb * MB), 0, left_s))


# -------------------------------------------------------------------- bytes
@pytest.mark.parametrize(
    ("family", "kinds", "total"),
    [
        (4, {"echoes": 1}, 168),
        (6, {"echoes": 1}, 208),
        (4, {"dns": 2}, 500),
        (4, {"http": 1, "https": 1}, 9500),
        (6, {"dns": 1, "http": 1, "https": 1}, 290 + 1800 + 8600),
        (4, {}, 0),
    ],
)
def test_bytes_count_both_directions_with_headers(family: Family, kinds: dict[str, int], total: int) -> None:
    assert bytes_of(family, **kinds) == total


# -------------------------------------------------------------------- rounds
def test_an_unmetered_minute_runs_everything_but_tls_every_fifth_and_names_every_fifteenth() -> None:
    hour = [minute_round(FIBRE, MINUTE * number, 4) for number in range(60)]

    assert all((r.echoes, r.http, r.dns, r.other_family, r.family) == (3, True, True, True, 4) for r in hour)
    assert [n for n, r in enumerate(hour) if r.tls] == list(range(4, 60, 5))
    assert [n for n, r in enumerate(hour) if r.refresh_names] == [14, 29, 44, 59]


def test_uplinks_run_their_tls_in_different_minutes() -> None:
    due = {
        uplink_id: next(n for n in range(5) if minute_round(replace(FIBRE, id=uplink_id), n * 60, 4).tls)
        for uplink_id in range(1, 6)
    }

    assert len(set(due.values())) == 5


def test_a_metered_minute_is_one_echo_each_and_the_rest_when_due() -> None:
    plan = Metering(checks_every_min=10, stream_every_s=30.0, echo_bytes=504, fits=True)

    hour = [minute_round(lte(50), MINUTE * number, 6, plan) for number in range(60)]

    assert {(r.echoes, r.other_family, r.family) for r in hour} == {(1, False, 6)}
    assert [n for n, r in enumerate(hour) if r.http] == [9, 19, 29, 39, 49, 59]
    assert all(r.http == r.tls == r.dns for r in hour)
    assert [n for n, r in enumerate(hour) if r.refresh_names] == [59]


def test_a_metered_uplink_that_requires_ipv6_measures_it_with_its_checks() -> None:
    plan = Metering(checks_every_min=10, stream_every_s=None, echo_bytes=504, fits=True)
    uplink = lte(50, require_ipv6=True)

    assert [minute_round(uplink, MINUTE * n, 4, plan).other_family for n in (8, 9)] == [False, True]


def test_events_and_clients_never_cause_tls_or_the_other_family() -> None:
    assert event_round(4) == Round(tls=False, other_family=False)
    assert echo_round(6) == Round(1, False, False, False, False, False, 6)
    assert event_round(6) == Round(tls=False, other_family=False, family=6)


# -------------------------------------------------------------------- a month, unmetered
def test_an_unmetered_month_at_defaults_is_under_a_gigabyte() -> None:
    cost = month_cost(FIBRE, 4, resolvers=3, has_gateway=True, has_other_family=True)

    assert cost.metering is None
    assert cost.quiet_bytes == 787_628_160


def test_an_unmetered_month_over_ipv6_is_under_a_gigabyte_too() -> None:
    stream = MONTH_S * 208 + MONTH_S // 5 * 112
    minute = 3 * 208 + 112 + 3 * 290 + 2 * 1800 + 3 * 168
    cost = month_cost(FIBRE, 6, resolvers=3, has_gateway=True, has_other_family=True)

    assert cost.quiet_bytes == stream + MINUTES * minute + MINUTES // 5 * 8600 + MINUTES // 15 * 9 * 290
    assert 950 * MB < cost.quiet_bytes < 1000 * MB


def test_what_clients_cause_is_told_apart() -> None:
    cost = month_cost(FIBRE, 4, resolvers=3, has_gateway=True, has_other_family=False)

    cycle = 3 * 168 + 72 + 3 * 250 + 2 * 1500
    assert cost.polled_bytes - cost.quiet_bytes == cycle * MONTH_S // MINUTE


def test_every_part_of_an_unmetered_month_is_counted() -> None:
    whole = month_cost(FIBRE, 4, resolvers=3, has_gateway=True, has_other_family=True).quiet_bytes
    stream = MONTH_S * 168 + MONTH_S // 5 * 72
    cycles = MINUTES * (3 * 168 + 72 + 3 * 250 + 2 * 1500)
    tls, names, other = MINUTES // 5 * 8000, MINUTES // 15 * 9 * 250, MINUTES * 3 * 208

    assert whole == stream + cycles + tls + names + other


def test_an_uplink_in_ipv6_has_its_other_family_in_ipv4() -> None:
    alone = month_cost(FIBRE, 6, resolvers=3, has_gateway=False, has_other_family=False).quiet_bytes
    both = month_cost(FIBRE, 6, resolvers=3, has_gateway=False, has_other_family=True).quiet_bytes

    assert both - alone == 3 * 168 * MONTH_S // MINUTE
    assert alone < 1000 * MB


# -------------------------------------------------------------------- a month, metered
@pytest.mark.parametrize(
    ("budget_mb", "every_min", "stream_s"),
    [
        pytest.param(1000, 1, 1.4, id="a generous one checks every minute"),
        pytest.param(200, 5, 8.8, id="the default"),
        pytest.param(50, 60, 37.0, id="a small one"),
        pytest.param(27, 480, None, id="one that leaves no stream"),
    ],
)
def test_checks_run_as_often_as_the_budget_allows(budget_mb: int, every_min: int, stream_s: float | None) -> None:
    plan = metered(budget_mb)

    assert plan.checks_every_min == every_min
    assert plan.stream_every_s == (None if stream_s is None else pytest.approx(stream_s, rel=0.1))
    assert plan.stands_s == 2 * every_min * 60


def test_a_budget_below_the_minutes_echoes_does_not_fit_and_says_so() -> None:
    assert not metered(24).fits
    assert metered(26).fits
    assert metered(24) == Metering(1440, None, 504, fits=False)


def test_a_stream_is_never_faster_than_one_a_second() -> None:
    assert metered(100_000).stream_every_s == 1.0


def test_a_stream_slower_than_two_minutes_is_none() -> None:
    rates = [metered(budget / 10).stream_every_s for budget in range(250, 700)]

    assert None in rates
    assert all(rate is None or rate <= 120.0 for rate in rates)


def test_what_is_left_late_in_the_month_is_spent_the_same_way() -> None:
    assert metered(50).checks_every_min == metered(25, left_s=MONTH_S / 2).checks_every_min


def test_richer_budgets_never_check_less_often() -> None:
    every = [metered(budget).checks_every_min for budget in range(20, 1200, 20)]

    assert every == sorted(every, reverse=True)
    assert set(every) <= set(CHECKS_EVERY_MIN)


def test_a_gateway_on_a_metered_uplink_is_counted() -> None:
    plan = meter(lte(50), 4, resolvers=3, has_gateway=True, purse=Purse(50 * MB, 0, MONTH_S))

    assert plan.echo_bytes == 3 * 168 + 72


@pytest.mark.parametrize("budget_mb", [30, 50, 200, 1000])
def test_the_cost_told_for_a_metered_month_is_within_its_budget(budget_mb: int) -> None:
    cost = month_cost(lte(budget_mb), 4, resolvers=3, has_gateway=False, has_other_family=False)

    assert cost.metering is not None
    assert cost.quiet_bytes <= 0.9 * budget_mb * MB + 1
    assert cost.quiet_bytes <= cost.polled_bytes <= max(cost.quiet_bytes, 0.9 * budget_mb * MB)


def test_polls_of_a_small_budget_are_cut_at_the_budget() -> None:
    rich = month_cost(lte(1000), 4, resolvers=3, has_gateway=False, has_other_family=False)
    poor = month_cost(lte(26), 4, resolvers=3, has_gateway=False, has_other_family=False)

    assert rich.polled_bytes >= rich.quiet_bytes
    assert poor.metering is not None
    assert poor.metering.stream_every_s is None
    assert poor.quiet_bytes < poor.polled_bytes == 23_400_000


# -------------------------------------------------------------------- the purse
PLAN = Metering(checks_every_min=10, stream_every_s=None, echo_bytes=600, fits=True)


@pytest.mark.parametrize(
    ("spent", "left_s", "may_check", "may_confirm"),
    [
        pytest.param(0, 0, True, True, id="nothing spent"),
        pytest.param(880_000, 0, True, True, id="one more round fits before the reserve"),
        pytest.param(880_001, 0, False, True, id="the reserve is for confirming"),
        pytest.param(980_000, 0, False, True, id="one more round fits before the end"),
        pytest.param(980_001, 0, False, False, id="spent"),
        pytest.param(800_000, 10_000, False, True, id="the echoes to come are kept back"),
        pytest.param(950_000, 6_000, False, False, id="and from confirming too"),
    ],
)
def test_the_purse(spent: int, left_s: float, *, may_check: bool, may_confirm: bool) -> None:
    purse = Purse(budget_bytes=1_000_000, spent_bytes=spent, left_s=left_s)

    assert (purse.may_check(PLAN), purse.may_confirm(PLAN)) == (may_check, may_confirm)


@pytest.mark.parametrize(
    ("spent", "may_check", "may_confirm", "stream_s"),
    [
        pytest.param(0, True, True, 30.0, id="rich"),
        pytest.param(890_000, False, True, None, id="the reserve is left"),
        pytest.param(1_000_000, False, False, None, id="spent"),
    ],
)
def test_an_allowance_ends_with_the_purse(
    spent: int, stream_s: float | None, *, may_check: bool, may_confirm: bool
) -> None:
    allowance = allowed(spent)

    assert (allowance.may_check, allowance.may_confirm) == (may_check, may_confirm)
    assert allowance.stream_every_s == stream_s


@pytest.mark.parametrize(
    ("spent", "elapsed", "may_serve"),
    [
        pytest.param(2_680_000, 0.0, True, id="the first day's worth may be had at once"),
        pytest.param(2_680_001, 0.0, False, id="but no more"),
        pytest.param(46_330_000, 0.5, True, id="half of the month, and half a day ahead"),
        pytest.param(46_330_001, 0.5, False, id="but no more then either"),
        pytest.param(89_980_000, 1.0, True, id="the last round of the month"),
        pytest.param(89_980_001, 1.0, False, id="nine tenths and no more"),
    ],
)
def test_clients_are_served_from_what_the_schedule_leaves_over(spent: int, elapsed: float, *, may_serve: bool) -> None:
    purse = Purse(100_000_000, spent, left_s=(1 - elapsed) * 1000, month_s=1000)

    assert purse.may_serve is may_serve


def test_who_may_check_nothing_serves_nobody() -> None:
    purse = Purse(1_000_000, 600_000, left_s=10_000, month_s=100_000)

    assert purse.may_serve
    assert Allowance(replace(PLAN, echo_bytes=6), purse).may_serve
    assert not Allowance(replace(PLAN, echo_bytes=6000), purse).may_serve


# -------------------------------------------------------------------- what a cycle runs
def allowed(spent: int) -> Allowance:
    """A budget of 1 MB, all of a month's remaining echoes paid: web checks are due every tenth minute."""
    return Allowance(replace(PLAN, stream_every_s=30.0), Purse(1_000_000, spent, left_s=0))


RICH, RESERVED, SPENT = allowed(0), allowed(890_000), allowed(1_000_000)
DUE, NOT_DUE = 9 * MINUTE, 8 * MINUTE


@pytest.mark.parametrize(
    ("trigger", "chosen"),
    [
        (Trigger.START, Round()),
        (Trigger.MINUTE, Round(tls=True, refresh_names=False)),
        (Trigger.LINK, event_round(4)),
        (Trigger.SILENCE, event_round(4)),
        (Trigger.ANSWER, event_round(4)),
        (Trigger.CLIENT, event_round(4)),
    ],
)
def test_an_unmetered_uplink_runs_what_its_trigger_asks(trigger: Trigger, chosen: Round) -> None:
    assert choose_round(FIBRE, trigger, DUE, 4, None) == chosen


@pytest.mark.parametrize(
    ("trigger", "minute_ts", "allowance", "runs_checks"),
    [
        pytest.param(Trigger.START, NOT_DUE, RICH, True, id="a start runs everything once"),
        pytest.param(Trigger.MINUTE, DUE, RICH, True, id="a minute runs what is due"),
        pytest.param(Trigger.MINUTE, NOT_DUE, RICH, False, id="and nothing that is not"),
        pytest.param(Trigger.MINUTE, DUE, RESERVED, False, id="the reserve pays for no schedule"),
        pytest.param(Trigger.START, DUE, RESERVED, False, id="nor for a start"),
        pytest.param(Trigger.SILENCE, DUE, RESERVED, True, id="but it confirms DOWN"),
        pytest.param(Trigger.ANSWER, DUE, RESERVED, True, id="and UP"),
        pytest.param(Trigger.LINK, DUE, SPENT, False, id="spent, nothing but echoes"),
        pytest.param(Trigger.CLIENT, DUE, RICH, False, id="a client gets echoes"),
    ],
)
def test_a_metered_uplink_runs_checks_only_where_the_budget_pays(
    trigger: Trigger, minute_ts: int, allowance: Allowance, *, runs_checks: bool
) -> None:
    chosen = choose_round(lte(50), trigger, minute_ts, 4, allowance)

    assert (chosen.http, chosen.dns) == (runs_checks, runs_checks)
    assert runs_checks or chosen == echo_round(4)


def test_a_metered_start_asks_the_tls_check_and_the_required_family_once() -> None:
    assert choose_round(lte(50), Trigger.START, NOT_DUE, 6, RICH) == Round(echoes=1, other_family=False, family=6)
    assert choose_round(lte(50, require_ipv6=True), Trigger.START, NOT_DUE, 4, RICH) == Round(echoes=1)


@pytest.mark.parametrize("polls_a_minute", [0, 1])
@pytest.mark.parametrize("events_a_day", [0, 200])
@pytest.mark.parametrize("budget_mb", [50, 200])
def test_a_simulated_month_stays_within_its_budget(budget_mb: int, events_a_day: int, polls_a_minute: int) -> None:
    uplink, budget = lte(budget_mb), budget_mb * MB
    plan, spent, streamed, checks = metered(budget_mb), 0, 0.0, 0
    for minute in range(MONTH_S // MINUTE):
        left_s = MONTH_S - minute * MINUTE
        if minute % 1440 == 0:
            plan = meter(uplink, 4, resolvers=3, has_gateway=False, purse=Purse(budget, spent, left_s))
        due = minute_round(uplink, minute * MINUTE, 4, plan)
        spent += plan.echo_bytes
        if due.http and Purse(budget, spent, left_s).may_check(plan):
            checks += 1
            spent += bytes_of(4, dns=3 * (4 if due.refresh_names else 1), http=2, https=1)
        if plan.stream_every_s is not None and Purse(budget, spent, left_s).may_check(plan):
            streamed += MINUTE / plan.stream_every_s
            spent += round(168 * MINUTE / plan.stream_every_s)
        if polls_a_minute and Purse(budget, spent, left_s).may_check(plan):
            spent += plan.echo_bytes
        if minute % 1440 < events_a_day and Purse(budget, spent, left_s).may_confirm(plan):
            spent += bytes_of(4, echoes=9, dns=3, http=2)

    assert spent <= budget
    assert checks > 0
    if not events_a_day and not polls_a_minute:
        assert spent > 0.85 * budget
        assert checks >= MONTH_S / MINUTE / 60
        assert streamed > 0
