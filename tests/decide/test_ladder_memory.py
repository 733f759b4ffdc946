"""decide: what a verdict learns, keeps and forgets."""

from dataclasses import replace

from ispstatus.decide.ladder import decide, starting
from ispstatus.model.decision import Memory
from ispstatus.model.net import LinkStatus
from ispstatus.model.state import Fault, Reason
from tests.decide.rows import DEAD, DOWN, UNKNOWN, UNPROVEN, UP
from tests.helpers.make import (
    FAILED,
    NOON,
    OK,
    PINGS,
    PLAN,
    SILENT,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    at,
    echoes,
    evidence,
    https,
)


def test_memory_learns_who_answers_and_when() -> None:
    _, memory = decide(evidence(pings=echoes(OK, SILENT), https=https(FAILED, OK)), None, Memory(), ())

    assert memory.ping_networks == {"Alpha": at(2)}
    assert memory.http_networks == {"Two": at(2)}
    assert memory.proven_at == at(2)
    assert (memory.gateway_address, memory.gateway_answers, memory.gateway_seen_at) == ("203.0.113.1", 1, at(2))


def test_memory_keeps_who_answered_before() -> None:
    before = a_memory()

    _, memory = decide(evidence(pings=echoes(OK, SILENT, SILENT)), None, before, ())

    assert set(memory.ping_networks) == {"Alpha", "Beta", "Gamma"}
    assert memory.ping_networks["Beta"] == before.ping_networks["Beta"]


def test_an_unproven_route_is_not_remembered_as_proven() -> None:
    assert decide(evidence(proof=UNPROVEN), None, Memory(), ())[1].proven_at is None
    assert decide(evidence(proof=None), None, Memory(), ())[1].proven_at is None


def test_the_first_up_is_remembered_once() -> None:
    _, first = decide(evidence(), None, Memory(), ())
    _, later = decide(evidence(ended_at=at(600)), None, first, ())
    _, never = decide(evidence(https=https(FAILED, FAILED, FAILED)), None, Memory(), ())

    assert first.first_up_at == later.first_up_at == at(2)
    assert never.first_up_at is None


def test_down_forgets_quality_and_remembers_when_it_began() -> None:
    memory = a_memory(exceeded=frozenset({"loss"}))

    _, fell = decide(evidence(**DEAD, first_bad_at=at(-3)), None, memory, ())
    _, still = decide(evidence(**DEAD, started_at=at(60)), None, fell, ())
    _, unsure = decide(evidence(proof=None), None, still, ())
    _, back = decide(evidence(), None, unsure, ())

    assert (fell.exceeded, fell.down_since_at) == (frozenset(), at(-3))
    assert still.down_since_at == unsure.down_since_at == at(-3)
    assert back.down_since_at is None


def test_down_without_a_first_bad_began_with_its_cycle() -> None:
    _, memory = decide(evidence(path=a_path(link=LinkStatus.NO_CARRIER)), None, a_memory(), ())

    assert memory.down_since_at == NOON


def test_before_the_first_verdict_nothing_is_known_and_it_is_not_the_provider() -> None:
    decision = starting(an_uplink())

    assert (decision.state, decision.reason, decision.fault) == (UNKNOWN, Reason.STARTING, Fault.BOX)
    assert decision.explanation == "the monitor has just started and has not judged fibre yet"
    assert decision.next_check == "wait 15 s for the first verdict"


def test_an_uplink_without_web_checks_is_judged_by_its_pings() -> None:
    uplink = an_uplink(plan=replace(PLAN, http=()))

    up, _ = decide(evidence(uplink=uplink, https=()), None, Memory(), ())
    down, _ = decide(evidence(uplink=uplink, https=(), pings=echoes(SILENT, SILENT, SILENT)), None, a_memory(), ())

    assert (up.state, down.state) == (UP, DOWN)


def test_a_network_has_one_vote_however_many_targets() -> None:
    ping = (PINGS[0], replace(PINGS[1], network="Alpha"), PINGS[2])
    uplink = an_uplink(plan=replace(PLAN, ping=ping))
    seen = (an_echo(ping[0]), an_echo(ping[1], SILENT), an_echo(ping[2], SILENT))

    decision, _ = decide(evidence(uplink=uplink, pings=seen), None, a_memory(), ())

    assert decision.reason is Reason.OK
