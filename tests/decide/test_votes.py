"""Votes: one per network, quorum of those that ever answered, the benefit of the doubt for what we missed."""

from dataclasses import replace

import pytest

from ispstatus.decide.votes import Votes, count_resolvers, http_votes, ping_votes, quorum, vouched_https
from ispstatus.model.sample import DnsSample, Outcome
from tests.helpers.make import (
    FAILED,
    INTERCEPTED,
    OK,
    PINGS,
    PLAN,
    SILENT,
    UNMEASURED,
    a_path,
    an_echo,
    an_uplink,
    echoes,
    evidence,
    https,
    names,
    networks,
)

ALL = frozenset({"Alpha", "Beta", "Gamma"})


@pytest.mark.parametrize(("known", "needed"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 3), (5, 3), (6, 4)])
def test_quorum_is_a_majority_but_one_of_two(known: int, needed: int) -> None:
    assert quorum(known) == needed


def test_samples_become_votes() -> None:
    votes = ping_votes(evidence(pings=echoes(OK, SILENT, UNMEASURED)), networks("Alpha", "Beta", "Delta"))

    assert votes == Votes(
        answering=frozenset({"Alpha"}),
        failing=frozenset({"Beta"}),
        unmeasured=frozenset({"Gamma"}),
        ever=frozenset({"Alpha", "Beta"}),
    )
    assert votes.measured == 2


def test_a_planned_target_without_a_sample_is_unmeasured() -> None:
    assert ping_votes(evidence(pings=()), {}).unmeasured == ALL


def test_targets_of_the_other_family_are_not_planned() -> None:
    assert ping_votes(evidence(pings=(), path=a_path(family=6)), {}).unmeasured == frozenset()


def test_a_network_answers_if_any_of_its_targets_does_and_is_unmeasured_only_if_all_are() -> None:
    twice = (an_echo(PINGS[0], UNMEASURED), an_echo(PINGS[0], SILENT), an_echo(PINGS[1], SILENT), an_echo(PINGS[1]))

    votes = ping_votes(evidence(pings=twice), {})

    assert votes.failing == {"Alpha"}
    assert votes.answering == {"Beta"}


def test_who_answers_now_has_ever_answered() -> None:
    assert ping_votes(evidence(), {}).ever == ALL


def test_a_network_that_is_sampled_but_not_planned_still_counts() -> None:
    uplink = an_uplink(plan=replace(PLAN, ping=()))

    assert ping_votes(evidence(uplink=uplink), networks("Alpha")).ever == ALL


def test_interception_is_a_failure_of_its_own_kind() -> None:
    votes = http_votes(evidence(https=https(INTERCEPTED, FAILED, OK)), {})

    assert votes.intercepted == {"One"}
    assert votes.failing == {"One", "Two"}


def some(answering: int, failing: int, unmeasured: int, ever: int | None = None) -> Votes:
    """Return votes of so many networks; ``ever`` counts from the failing end, default all."""
    good = frozenset(f"good {n}" for n in range(answering))
    bad = frozenset(f"bad {n}" for n in range(failing))
    missed = frozenset(f"missed {n}" for n in range(unmeasured))
    known = (*sorted(bad), *sorted(missed), *sorted(good))
    return Votes(good, frozenset(), bad, missed, frozenset(known if ever is None else known[:ever]) | good)


@pytest.mark.parametrize(
    ("votes", "is_partial"),
    [
        pytest.param(some(1, 2, 0), True, id="one of three"),
        pytest.param(some(2, 1, 0), False, id="two of three"),
        pytest.param(some(1, 1, 0), False, id="one of two"),
        pytest.param(some(1, 1, 1), False, id="one of three and one missed, which may have answered"),
        pytest.param(some(2, 2, 0), True, id="two of four"),
        pytest.param(some(1, 2, 1), True, id="one of four, and the missed one could not help"),
        pytest.param(some(2, 2, 1), False, id="two of five, and the missed one could help"),
        pytest.param(some(0, 3, 0), False, id="none at all is not partial"),
        pytest.param(some(1, 2, 3), False, id="too few of six measured"),
        pytest.param(some(1, 4, 0, ever=0), False, id="the others never answered"),
    ],
)
def test_partial_means_a_quorum_is_out_of_reach(votes: Votes, *, is_partial: bool) -> None:
    assert votes.is_partial is is_partial


@pytest.mark.parametrize(
    ("votes", "has_failed"),
    [
        pytest.param(some(0, 3, 0), True, id="all three"),
        pytest.param(some(0, 2, 1), True, id="two of three, one missed"),
        pytest.param(some(0, 1, 2), False, id="one of three, two missed"),
        pytest.param(some(0, 2, 0), True, id="both of two"),
        pytest.param(some(0, 1, 1), False, id="one of two, the other missed"),
        pytest.param(some(0, 2, 2), False, id="two of four is no quorum measured"),
        pytest.param(some(0, 1, 0), True, id="the only one"),
        pytest.param(some(1, 2, 0), False, id="one answers"),
        pytest.param(some(0, 0, 3), False, id="nothing measured"),
        pytest.param(some(0, 0, 0), False, id="nothing asked"),
        pytest.param(some(0, 3, 0, ever=0), True, id="none ever answered and the round is complete"),
        pytest.param(some(0, 2, 1, ever=0), False, id="none ever answered and the round is not complete"),
    ],
)
def test_failed_means_enough_measured_and_none_answers(votes: Votes, *, has_failed: bool) -> None:
    assert votes.has_failed is has_failed


@pytest.mark.parametrize(
    ("votes", "is_in_doubt"),
    [
        pytest.param(some(0, 3, 0), False, id="all silent"),
        pytest.param(some(0, 2, 1), False, id="two of three silent"),
        pytest.param(some(0, 1, 2), True, id="one of three silent"),
        pytest.param(some(0, 1, 1), True, id="one of two silent"),
        pytest.param(some(0, 0, 3), True, id="nothing measured"),
        pytest.param(some(0, 2, 2), True, id="two of four is no quorum measured"),
        pytest.param(some(0, 0, 3, ever=0), False, id="nothing measured of what never answered"),
        pytest.param(some(1, 0, 2), False, id="something answers"),
    ],
)
def test_doubt_means_silence_that_too_few_can_vouch_for(votes: Votes, *, is_in_doubt: bool) -> None:
    assert votes.is_in_doubt is is_in_doubt


def test_date_only_certificate_errors_are_set_aside_only_under_an_unsynchronised_clock() -> None:
    dated = (replace(https(FAILED)[0], is_date_only_tls_error=True), *https(None, FAILED))

    synchronised = vouched_https(evidence(https=dated))
    adrift = vouched_https(evidence(https=dated, clock_is_synchronised=False))

    assert [sample.outcome for sample in synchronised] == [FAILED, FAILED]
    assert [sample.outcome for sample in adrift] == [UNMEASURED, FAILED]


@pytest.mark.parametrize(
    ("outcomes", "provider", "all_fail", "provider_fails"),
    [
        pytest.param([OK, SILENT], None, False, False, id="one of two public"),
        pytest.param([SILENT, FAILED], SILENT, True, False, id="none"),
        pytest.param([OK], FAILED, False, True, id="public only"),
        pytest.param([SILENT], OK, False, False, id="provider only"),
        pytest.param([OK], UNMEASURED, False, False, id="provider not measured"),
        pytest.param([UNMEASURED], FAILED, False, False, id="public not measured"),
        pytest.param([], None, False, False, id="nobody asked"),
    ],
)
def test_resolvers(outcomes: list[Outcome], provider: Outcome | None, *, all_fail: bool, provider_fails: bool) -> None:
    resolvers = count_resolvers(names(*outcomes, provider=provider))

    assert (resolvers.all_fail, resolvers.provider_fails) == (all_fail, provider_fails)


def test_one_right_answer_makes_a_resolver_answer() -> None:
    asked = [
        DnsSample("198.51.100.1", name, outcome) for name, outcome in (("a", SILENT), ("b", OK), ("c", UNMEASURED))
    ]

    resolvers = count_resolvers(asked)

    assert (resolvers.answering, resolvers.asked, resolvers.unmeasured) == (1, 1, 0)
