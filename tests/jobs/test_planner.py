"""From what is known of an uplink to the plan of its next cycle."""

from dataclasses import replace
from typing import Any

import pytest

from ispstatus.decide.cadence import Allowance, Metering, Purse, Round
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.messages import CycleReport, Silence
from ispstatus.jobs.plan import CyclePlan, Resolver
from ispstatus.jobs.planner import (
    NO_IPV6,
    Surroundings,
    paces,
    pings_of,
    plan_cycle,
    resolvers_of,
    sample_stretch,
    stream_every_s,
)
from ispstatus.model.evidence import Trigger
from ispstatus.model.net import LinkStatus, PathProof
from ispstatus.model.quality import Quality
from ispstatus.model.sample import DnsSample, EchoSample, HttpSample, Outcome
from ispstatus.model.uplink import PingTarget, ProbePlan
from tests.helpers.make import (
    FAILED,
    HTTPS,
    OK,
    PINGS,
    PLAN,
    SILENT,
    UNMEASURED,
    a_path,
    an_uplink,
    echoes,
    evidence,
    https,
    names,
)
from tests.jobs.living import a_live

NOW = 5000.0
PATH, PROOF = a_path(), PathProof(7, is_proven=True)
PATH6 = a_path(family=6, source="2001:db8::2", gateway="fe80::1%eth1")
PINGS6 = tuple(PingTarget(f"2001:db8:ffff::{n}", target.network) for n, target in enumerate(PINGS, 1))
BOTH = ProbePlan(ping=(*PINGS, *PINGS6), http=HTTPS, resolvers=None, resolve=PLAN.resolve)
NOT_DUE, TLS_DUE = 60, 4 * 60
"""Minutes of uplink 1, which runs its TLS check when (minute + 1) is a multiple of five."""


def around(**changes: Any) -> Surroundings:
    given: dict[str, Any] = {
        "link_resolvers": ("203.0.113.53",),
        "other_path": None,
        "other_proof": None,
        "clock_is_synchronised": True,
        "minute_ts": NOT_DUE,
    }
    return Surroundings(**{**given, **changes})


def plan_of(live: LiveUplink, trigger: Trigger = Trigger.MINUTE, **surroundings: Any) -> CyclePlan:
    return plan_cycle(live, 1, PATH, PROOF, trigger, around(**surroundings), NOW)


def allowed(spent_bytes: int = 0, every_min: int = 10) -> Allowance:
    return Allowance(Metering(every_min, 30.0, 504, fits=True), Purse(50_000_000, spent_bytes, left_s=0))


def known(url: str, outcome: Outcome, taken_s_ago: float) -> dict[str, tuple[HttpSample, float]]:
    return {url: (HttpSample(url, "Three", outcome), NOW - taken_s_ago)}


PLAIN, TLS = HTTPS[0].url, HTTPS[2].url


# ---------------------------------------------------------------- whom to ask
def test_echo_targets_are_those_of_the_paths_family() -> None:
    assert pings_of(an_uplink(plan=BOTH), PATH) == PINGS
    assert pings_of(an_uplink(plan=BOTH), PATH6) == PINGS6


@pytest.mark.parametrize(
    ("configured", "link", "family", "asked"),
    [
        pytest.param(
            None,
            ("203.0.113.53",),
            4,
            [("203.0.113.53", True), ("1.1.1.1", False), ("8.8.8.8", False)],
            id="the link's own, then two public ones",
        ),
        pytest.param(
            None, ("1.1.1.1",), 4, [("1.1.1.1", False), ("8.8.8.8", False)], id="a public one is never the provider's"
        ),
        pytest.param(
            None,
            ("203.0.113.53", "2001:db8::53"),
            6,
            [("2001:db8::53", True), ("2606:4700:4700::1111", False), ("2001:4860:4860::8888", False)],
            id="of the path's family",
        ),
        pytest.param(("9.9.9.9",), ("203.0.113.53",), 4, [("9.9.9.9", False)], id="as configured and no other"),
        pytest.param((), ("203.0.113.53",), 4, [], id="none if none is wanted"),
    ],
)
def test_who_is_asked_for_names(
    configured: tuple[str, ...] | None, link: tuple[str, ...], family: int, asked: list[tuple[str, bool]]
) -> None:
    uplink = an_uplink(plan=replace(PLAN, resolvers=configured))
    path = PATH if family == 4 else PATH6

    assert resolvers_of(uplink, path, link) == tuple(Resolver(address, own) for address, own in asked)


# ---------------------------------------------------------------- an unmetered cycle
def test_a_minutes_cycle_asks_everything_but_tls_and_lets_its_last_result_stand() -> None:
    plan = plan_of(a_live(https=known(TLS, OK, 200.0)))

    assert [target.url for target in plan.https] == [target.url for target in HTTPS[:2]]
    assert [(sample.url, sample.outcome, sample.age_s) for sample in plan.standing_https] == [(TLS, OK, 200.0)]
    assert (plan.round.echoes, plan.pings, plan.gateway) == (3, PINGS, "203.0.113.1")
    assert not plan.budget_is_spent


def test_the_tls_check_runs_every_fifth_minute_and_stands_for_six() -> None:
    assert [target.url for target in plan_of(a_live(), minute_ts=TLS_DUE).https] == [target.url for target in HTTPS]
    assert plan_of(a_live(https=known(TLS, OK, 359.0))).standing_https != ()
    assert plan_of(a_live(https=known(TLS, OK, 361.0))).standing_https == ()


def test_what_the_file_does_not_ask_any_more_does_not_stand() -> None:
    assert plan_of(a_live(https=known("https://gone.example/", OK, 10.0))).standing_https == ()


def test_a_check_that_failed_has_its_name_asked_again() -> None:
    assert not plan_of(a_live(https=known(PLAIN, OK, 60.0))).round.refresh_names
    assert plan_of(a_live(https=known(PLAIN, FAILED, 60.0))).round.refresh_names


def test_a_gateway_behind_translation_is_not_asked() -> None:
    assert plan_of(a_live(an_uplink(nat=True))).gateway is None


def test_bursts_are_the_evidence_of_the_silence_they_found_and_of_no_other_cycle() -> None:
    silence = Silence(1, 7, NOW - 2, NOW - 3, {PINGS[0].address: 2})
    live = a_live(silence=silence)

    assert plan_of(live, Trigger.SILENCE).echoes_before == {PINGS[0].address: 2}
    assert plan_of(live, Trigger.MINUTE).echoes_before == {}
    assert plan_of(live, Trigger.SILENCE).first_bad_boot_s == NOW - 2


def test_a_plan_keeps_what_was_known_when_it_was_made() -> None:
    live = a_live(addresses={"one.example": "192.0.2.80"})
    plan = plan_of(live)
    live.addresses["one.example"] = "192.0.2.81"

    assert plan.addresses == {"one.example": "192.0.2.80"}


# ---------------------------------------------------------------- the other family
def test_the_other_family_is_asked_where_its_way_is_proven() -> None:
    plan = plan_of(a_live(an_uplink(plan=BOTH)), other_path=PATH6, other_proof=PROOF)
    assert (plan.other_path, plan.other_pings) == (PATH6, PINGS6)

    doubtful = plan_of(a_live(an_uplink(plan=BOTH)), other_path=PATH6, other_proof=PathProof(7, is_proven=False))
    assert doubtful.other_path is None


@pytest.mark.parametrize(("age_s", "stands"), [(119.0, True), (121.0, False)])
def test_between_two_minutes_what_it_said_last_stands(age_s: float, *, stands: bool) -> None:
    said = (EchoSample(PINGS6[0].address, "Alpha", SILENT, 1, 0),)
    live = a_live(an_uplink(plan=BOTH), other_family=said, other_family_boot_s=NOW - age_s)

    plan = plan_of(live, Trigger.CLIENT, other_path=PATH6, other_proof=PROOF)

    assert plan.other_path is None
    assert plan.other_known == (said if stands else ())


@pytest.mark.parametrize(
    ("required", "known_of_it"), [(True, [(FAILED, NO_IPV6)] * 3), (False, [])], ids=["required", "not required"]
)
def test_ipv6_without_address_or_route_is_a_failure_only_where_it_is_required(
    required: bool, known_of_it: list[tuple[Outcome, str]]
) -> None:
    nowhere = a_path(family=6, link=LinkStatus.UP, source=None, has_default=False)
    plan = plan_of(a_live(an_uplink(plan=BOTH, require_ipv6=required)), other_path=nowhere)

    assert [(sample.outcome, sample.error) for sample in plan.other_known] == known_of_it


# ---------------------------------------------------------------- a metered cycle
def test_a_metered_minute_that_is_not_due_is_one_echo_each_and_everything_else_stands() -> None:
    live = a_live(allowance=allowed(), https=known(PLAIN, OK, 600.0), dns=names(OK), dns_boot_s=NOW - 600.0)
    plan = plan_of(live)

    assert (plan.round.echoes, plan.round.dns, plan.https) == (1, False, ())
    assert [sample.url for sample in plan.standing_https] == [PLAIN]
    assert plan.standing_dns == names(OK)


def test_results_of_a_metered_uplink_stand_twice_as_long_as_its_checks_are_apart() -> None:
    live = a_live(allowance=allowed(), https=known(PLAIN, OK, 1201.0), dns=names(OK), dns_boot_s=NOW - 1201.0)
    plan = plan_of(live)

    assert (plan.standing_https, plan.standing_dns) == ((), ())


def test_a_spent_budget_is_part_of_the_evidence_and_runs_no_check() -> None:
    plan = plan_of(a_live(allowance=allowed(spent_bytes=50_000_000, every_min=1)))

    assert plan.budget_is_spent
    assert plan.round == Round(echoes=1, http=False, tls=False, dns=False, other_family=False)


def test_what_stands_vouches_by_itself_only_on_a_metered_line_without_pings() -> None:
    pingless = evidence(pings=echoes(SILENT, SILENT, SILENT), https=https(OK))

    assert plan_of(a_live(allowance=allowed(), evidence=pingless)).vouches_by_standing
    assert not plan_of(a_live(evidence=pingless)).vouches_by_standing
    assert not plan_of(a_live(allowance=allowed(), evidence=evidence())).vouches_by_standing


def test_the_streams_pace_is_the_budgets() -> None:
    modem = an_uplink(interface="wwan0")

    assert stream_every_s(a_live()) == 1.0
    assert stream_every_s(a_live(modem)) is None, "nothing is sent before the budget is known"
    assert stream_every_s(a_live(modem, allowance=allowed())) == 30.0
    assert stream_every_s(a_live(modem, allowance=allowed(spent_bytes=46_000_000))) is None


def test_samples_towards_own_far_ends_are_held_by_the_budget_too() -> None:
    modem = an_uplink(interface="wwan0")
    assert paces(a_live()) == (1.0, 1.0)
    assert sample_stretch(a_live(modem)) is None
    assert sample_stretch(a_live(modem, allowance=allowed())) is None
    wanted = replace(allowed().metering, sample_stretch=3.0)
    assert sample_stretch(a_live(modem, allowance=replace(allowed(), metering=wanted))) == 3.0
    spent = allowed(spent_bytes=46_000_000)
    assert sample_stretch(a_live(modem, allowance=replace(spent, metering=wanted))) is None


# ---------------------------------------------------------------- what a cycle teaches
class Running:
    """The running cycle, as far as its report is concerned."""

    def __init__(self, plan: CyclePlan) -> None:
        self.plan = plan


def learnt(live: LiveUplink, *, is_complete: bool = True, **seen: Any) -> LiveUplink:
    plan = plan_of(live, other_path=PATH6, other_proof=PROOF)
    live.cycle = Running(plan)  # type: ignore[assignment]
    live.learn(
        CycleReport(
            1, 1, evidence(**seen), Quality(), NOW - 2, NOW, is_complete=is_complete, resolved={"a": "192.0.2.9"}
        )
    )
    return live


def test_fresh_results_stand_from_the_end_of_their_cycle() -> None:
    stood = HttpSample(TLS, "Three", OK, age_s=200.0)
    live = learnt(a_live(), https=(*https(OK, UNMEASURED), stood))

    assert {url: at for url, (_, at) in live.https.items()} == {PLAIN: NOW}
    assert (live.dns_boot_s, live.addresses) == (NOW, {"a": "192.0.2.9"})


def test_answers_that_only_stood_are_not_made_young_again() -> None:
    old = (DnsSample("203.0.113.53", "example.com", OK),)
    live = learnt(a_live(allowance=allowed(), dns=old, dns_boot_s=NOW - 900.0), dns=old)

    assert live.dns_boot_s == NOW - 900.0


def test_the_other_family_is_learnt_when_its_echoes_are_all_in() -> None:
    said = (EchoSample(PINGS6[0].address, "Alpha", OK, 1, 1),)

    assert learnt(a_live(), is_complete=False, other_family=said).other_family == ()
    assert learnt(a_live(), other_family=said).other_family == said
