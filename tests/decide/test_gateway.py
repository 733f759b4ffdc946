"""The gateway: asked, required, learnt, forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from ispstatus.decide.gateway import is_asked, is_nat, is_required, learn
from ispstatus.model.decision import Memory
from ispstatus.model.sample import EchoSample
from tests.helpers.make import NOON, OK, SILENT, UNMEASURED, a_memory, a_path, an_echo, an_uplink, at

GATEWAY = "203.0.113.1"


@pytest.mark.parametrize(
    ("source", "gateway", "nat"),
    [
        pytest.param("192.168.1.2", "192.168.1.1", True, id="a private line behind a private router"),
        pytest.param("100.70.0.2", "100.70.0.1", True, id="a carrier's own NAT"),
        pytest.param("10.0.0.2", "203.0.113.1", False, id="a public gateway"),
        pytest.param("203.0.113.2", "10.0.0.1", False, id="a public source"),
        pytest.param("203.0.113.2", "203.0.113.1", False, id="documentation addresses stand for public ones"),
        pytest.param("fd00::2", "fe80::1%eth1", True, id="ULA behind a link-local router"),
        pytest.param("2001:db8::2", "fe80::1%eth1", False, id="a global IPv6 address"),
        pytest.param("10.0.0.2", None, False, id="no gateway"),
        pytest.param(None, "10.0.0.1", False, id="no address"),
    ],
)
def test_nat_is_seen_by_its_addresses(source: str | None, gateway: str | None, *, nat: bool) -> None:
    assert is_nat(an_uplink(), a_path(source=source, gateway=gateway)) is nat


@pytest.mark.parametrize("configured", [True, False])
def test_a_configured_nat_wins_over_addresses(*, configured: bool) -> None:
    private = a_path(source="192.168.1.2", gateway="192.168.1.1")

    assert is_nat(an_uplink(nat=configured), private) is configured


BEHIND_NAT = {"source": "192.168.1.2", "gateway": "192.168.1.1"}


@pytest.mark.parametrize(
    ("uplink", "path", "answers", "asked", "required"),
    [
        pytest.param({}, {}, 3, True, True, id="answered three times"),
        pytest.param({}, {}, 2, True, False, id="answered twice"),
        pytest.param({}, {"gateway": "203.0.113.9"}, 3, True, False, id="another gateway's answers"),
        pytest.param({"gateway_required": True}, {}, 0, True, True, id="required by configuration"),
        pytest.param({"gateway_required": False}, {}, 3, True, False, id="not required by configuration"),
        pytest.param({"nat": True}, {}, 3, False, False, id="nat"),
        pytest.param({"nat": True, "gateway_required": True}, {}, 3, False, False, id="nat wins over required"),
        pytest.param({}, BEHIND_NAT, 3, False, False, id="seen to be nat"),
        pytest.param(
            {"gateway_required": True}, BEHIND_NAT, 0, True, True, id="required wins over nat that is only seen"
        ),
        pytest.param({}, {"gateway": None}, 3, False, False, id="no gateway"),
        pytest.param({"gateway_required": True}, {"gateway": None}, 3, False, False, id="none to require"),
    ],
)
def test_asked_and_required(
    uplink: dict[str, Any], path: dict[str, Any], answers: int, *, asked: bool, required: bool
) -> None:
    memory = a_memory(gateway_answers=answers)

    assert is_asked(an_uplink(**uplink), a_path(**path)) is asked
    assert is_required(an_uplink(**uplink), a_path(**path), memory) is required


def learnt(memory: Memory, sample: EchoSample | None, *, hours: float = 0, works: bool = True, **path: Any) -> Memory:
    return learn(memory, a_path(**path), sample, now_at=NOON + timedelta(hours=hours), outside_works=works)


def test_three_answers_are_counted_and_no_more() -> None:
    memory, counted = Memory(), []
    for _ in range(4):
        memory = learnt(memory, an_echo(GATEWAY, OK))
        counted.append(memory.gateway_answers)

    assert counted == [1, 2, 3, 3]
    assert (memory.gateway_address, memory.gateway_answers, memory.gateway_seen_at) == (GATEWAY, 3, NOON)


def test_another_address_starts_afresh() -> None:
    memory = learnt(a_memory(gateway_silent_at=at(-9)), None, gateway="203.0.113.9")

    assert (memory.gateway_address, memory.gateway_answers, memory.gateway_seen_at) == ("203.0.113.9", 0, None)
    assert memory.gateway_silent_at is None


def test_a_gateway_that_vanishes_with_its_route_is_not_forgotten() -> None:
    assert learnt(a_memory(), None, gateway=None) == a_memory()


@pytest.mark.parametrize("sample", [None, an_echo(GATEWAY, UNMEASURED)])
def test_what_was_not_measured_teaches_nothing(sample: EchoSample | None) -> None:
    assert learnt(a_memory(), sample, hours=48) == a_memory()


def test_a_day_of_silence_while_the_outside_works_forgets_the_gateway() -> None:
    silent = an_echo(GATEWAY, SILENT)
    memory = learnt(a_memory(), silent)
    almost = learnt(memory, silent, hours=23.9)
    over = learnt(almost, silent, hours=24)

    assert (memory.gateway_silent_at, almost.gateway_silent_at, almost.gateway_answers) == (NOON, NOON, 3)
    assert (over.gateway_address, over.gateway_answers, over.gateway_silent_at) == (GATEWAY, 0, None)


def test_an_answer_ends_the_silence() -> None:
    memory = learnt(learnt(a_memory(), an_echo(GATEWAY, SILENT)), an_echo(GATEWAY, OK), hours=20)

    assert memory.gateway_silent_at is None
    assert memory.gateway_seen_at == NOON + timedelta(hours=20)


def test_silence_during_an_outage_does_not_count() -> None:
    silent = an_echo(GATEWAY, SILENT)
    memory = learnt(a_memory(), silent)
    memory = learnt(memory, silent, hours=1, works=False)

    after = learnt(memory, silent, hours=30)

    assert (after.gateway_answers, after.gateway_silent_at) == (3, NOON + timedelta(hours=30))
