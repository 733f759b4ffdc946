import logging
from ipaddress import ip_network

import pytest

from ispstatus.model.settings import ReflectorCaps
from ispstatus.reflector.gate import MOST_CONNECTIONS_PER_S, Gate
from tests.reflector.kit import StandingClock

CAPS = ReflectorCaps(packets_per_s=20, source_packets_per_s=10, connections=512, mb_per_hour=5, source_mb_per_hour=2)
ALLOW = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))


@pytest.fixture
def time() -> StandingClock:
    return StandingClock()


@pytest.fixture
def gate(time: StandingClock) -> Gate:
    return Gate(ALLOW, CAPS, time.clock)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::/64"),
        ("192.0.3.1", None),
        ("2001:db9::1", None),
        ("fe80::1%eth0", None),
    ],
)
def test_allowed_sources_and_loopback_are_let_in_and_nobody_else(gate: Gate, address: str, source: str | None) -> None:
    assert gate.source_of(address) == source
    assert gate.source_of(address) == source  # and again, from memory


def test_without_an_allow_list_only_loopback_is_let_in(time: StandingClock) -> None:
    gate = Gate((), CAPS, time.clock)

    assert gate.source_of("127.0.0.1") == "127.0.0.1"
    assert gate.source_of("192.0.2.7") is None


def test_a_source_is_answered_so_often_a_second_and_no_oftener(gate: Gate, time: StandingClock) -> None:
    assert [gate.admits_packet("a") for _ in range(12)] == [True] * 10 + [False] * 2

    time.pass_s(0.25)

    assert [gate.admits_packet("a") for _ in range(3)] == [True, True, False]


def test_what_was_not_asked_for_long_is_not_saved_up(gate: Gate, time: StandingClock) -> None:
    gate.admits_packet("a")
    time.pass_s(3600)

    assert sum(gate.admits_packet("a") for _ in range(50)) == CAPS.source_packets_per_s


def test_one_source_over_its_cap_leaves_the_others_theirs(gate: Gate) -> None:
    for _ in range(100):
        gate.admits_packet("a")

    assert all(gate.admits_packet("b") for _ in range(10))


def test_all_sources_together_have_a_cap_too(gate: Gate) -> None:
    answered = [gate.admits_packet(f"source {n}") for n in range(30)]

    assert answered == [True] * 20 + [False] * 10


def test_what_the_total_refuses_does_not_cost_the_source(gate: Gate, time: StandingClock) -> None:
    for n in range(20):
        gate.admits_packet(f"source {n}")
    assert not gate.admits_packet("late")

    time.pass_s(0.5)

    assert all(gate.admits_packet("late") for _ in range(10))


def test_volume_is_granted_by_the_hour(gate: Gate, time: StandingClock) -> None:
    assert gate.grants("a", 2_000_000)
    assert not gate.grants("a", 1)

    time.pass_s(1800)

    assert gate.grants("a", 1_000_000)
    assert not gate.grants("a", 1_000)


def test_connections_have_a_rate_of_their_own(gate: Gate) -> None:
    taken = sum(gate.admits_connection("a") for _ in range(300))

    assert taken == MOST_CONNECTIONS_PER_S


def test_what_is_refused_is_said_once_a_minute(
    gate: Gate, time: StandingClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        gate.source_of("203.0.113.9")
    for _ in range(11):
        gate.admits_packet("a")

    gate.report()
    gate.source_of("203.0.113.9")
    gate.report()

    assert [record.getMessage() for record in caplog.records] == ["refused: 3 not in allow, 1 over the packet cap"]
    time.pass_s(60)
    gate.report()
    gate.report()
    assert [record.getMessage() for record in caplog.records][1:] == ["refused: 1 not in allow"]
