import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.net import LinkStatus, Path, PathProof
from ispstatus.model.uplink import Uplink
from ispstatus.net.paths import find_path, verdict_family
from ispstatus.net.prove import Prover
from ispstatus.net.snapshot import take_snapshot
from tests.net.builders import uplink
from tests.net.namespace import Namespace, needs_namespaces

TARGET = "1.1.1.1"
TARGET_6 = "2606:4700:4700::1111"

Prove = Callable[..., PathProof]


@pytest.fixture
def box(space: Namespace) -> Namespace:
    """Two Ethernet uplinks and a point-to-point one, addresses given, no default route yet."""
    space.ip(
        "link add eth1 type veth peer name isp1",
        "link add eth2 type veth peer name isp2",
        "tuntap add ppp0 mode tun",
        *(f"link set {name} up" for name in ("eth1", "isp1", "eth2", "isp2", "ppp0")),
        "addr add 198.51.100.2/24 dev eth1",
        "addr add 203.0.113.2/24 dev eth2",
        "addr add 100.64.0.2 peer 100.64.0.1 dev ppp0",
        "addr add 2001:db8:1::2/64 dev eth1 nodad",
        "addr add 2001:db8:2::2/64 dev eth2 nodad",
    )
    return space


@pytest.fixture
def prove(box: Namespace) -> Prove:
    def inside(wanted: Uplink, *targets: str) -> PathProof:
        facts = take_snapshot(SYSTEM)
        path = find_path(wanted, facts, verdict_family(wanted, facts))
        prover = Prover()
        try:
            return prover.prove(
                replace(path, link=LinkStatus.UP, has_default=True), targets or (TARGET,), facts.generation
            )
        finally:
            prover.close()

    return lambda *args: box.call(lambda: inside(*args))


@needs_namespaces
def test_a_default_route_by_the_uplink_is_proof(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1")

    proof = prove(uplink("eth1"))

    assert proof.is_proven
    assert proof.problems == ()
    assert proof.routes == {TARGET: "default via 198.51.100.1 dev eth1"}


@needs_namespaces
def test_each_uplink_is_proven_by_its_own_default_whatever_the_metric(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1", "route add default via 203.0.113.1 dev eth2 metric 50")

    assert prove(uplink("eth1")).is_proven
    assert prove(uplink("eth2")).routes == {TARGET: "default via 203.0.113.1 dev eth2"}


@needs_namespaces
def test_a_default_in_a_policy_table_is_proof_only_with_a_rule_that_leads_there(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1", "route add default via 203.0.113.1 dev eth2 table 102")

    without = prove(uplink("eth2"))
    box.ip("rule add from 203.0.113.2 lookup 102")
    having = prove(uplink("eth2"))

    assert not without.is_proven
    assert "1.1.1.1 has no route by eth2 from 203.0.113.2" in without.problems[0]
    assert having.is_proven
    assert having.routes == {TARGET: "default via 203.0.113.1 dev eth2 table 102"}


@needs_namespaces
def test_a_marked_uplink_is_proven_by_the_rule_for_its_mark(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 203.0.113.1 dev eth2 table 102", "rule add fwmark 0x102 lookup 102")

    assert prove(uplink("eth2", mark=0x102)).is_proven
    assert not prove(uplink("eth2", mark=0x103)).is_proven


@needs_namespaces
def test_an_on_link_route_for_a_target_is_no_proof(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1", "route add 1.1.1.1 dev eth1")

    proof = prove(uplink("eth1"), TARGET, "8.8.8.8")

    assert not proof.is_proven
    assert proof.problems == ("1.1.1.1 would go 1.1.1.1/32 dev eth1, not by gateway 198.51.100.1",)


@needs_namespaces
def test_a_more_specific_route_by_the_uplinks_gateway_is_proof_and_by_another_gateway_is_none(
    box: Namespace, prove: Prove
) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1", "route add 1.1.1.0/24 via 198.51.100.1 dev eth1")
    by_own = prove(uplink("eth1"))
    box.ip("route replace 1.1.1.0/24 via 198.51.100.9 dev eth1")
    by_other = prove(uplink("eth1"))

    assert by_own.is_proven
    assert by_own.routes == {TARGET: "1.1.1.0/24 via 198.51.100.1 dev eth1"}
    assert not by_other.is_proven


@needs_namespaces
def test_a_policy_route_that_hijacks_a_target_is_found(box: Namespace, prove: Prove) -> None:
    """A tunnel's rule takes the target whatever device the socket is bound to only if it leaves by that device."""
    box.ip(
        "route add default via 198.51.100.1 dev eth1",
        "route add blackhole 1.1.1.1 table 99",
        "rule add to 1.1.1.1 lookup 99",
    )

    assert not prove(uplink("eth1")).is_proven


@needs_namespaces
def test_a_gatewayless_default_is_proof_on_a_point_to_point_link(box: Namespace, prove: Prove) -> None:
    box.ip("route add default dev ppp0")

    proof = prove(uplink("ppp0"))

    assert proof.is_proven
    assert proof.routes == {TARGET: "default dev ppp0"}


@needs_namespaces
def test_a_link_declared_gatewayless_is_not_proven_by_a_route_with_one(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1")

    assert not prove(uplink("eth1", gateway="none")).is_proven


@needs_namespaces
def test_a_configured_gateway_that_no_route_uses_is_not_proven(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1")

    proof = prove(uplink("eth1", gateway="198.51.100.7"))

    assert proof.problems == ("1.1.1.1 would go default via 198.51.100.1 dev eth1, not by gateway 198.51.100.7",)


@needs_namespaces
def test_a_hop_of_a_multipath_default_is_proof_for_each_of_its_uplinks(box: Namespace, prove: Prove) -> None:
    box.ip("route add default nexthop via 198.51.100.1 dev eth1 nexthop via 203.0.113.1 dev eth2")

    assert prove(uplink("eth1")).is_proven
    assert prove(uplink("eth2")).is_proven


@needs_namespaces
def test_the_other_hops_gateway_of_a_multipath_default_is_no_proof(box: Namespace, prove: Prove) -> None:
    box.ip("route add default nexthop via 198.51.100.1 dev eth1 nexthop via 203.0.113.1 dev eth2")

    assert not prove(uplink("eth1", gateway="203.0.113.1")).is_proven


@needs_namespaces
def test_a_target_that_is_the_box_itself_is_no_proof(box: Namespace, prove: Prove) -> None:
    box.ip("route add default dev ppp0")

    assert not prove(uplink("ppp0"), "100.64.0.2").is_proven


@needs_namespaces
def test_the_same_gateway_address_on_two_uplinks_is_proven_for_each(box: Namespace, prove: Prove) -> None:
    box.ip(
        "addr add 192.168.1.2/24 dev eth1",
        "addr add 192.168.1.3/24 dev eth2",
        "route add default via 192.168.1.1 dev eth1",
        "route add default via 192.168.1.1 dev eth2 table 102",
    )

    assert prove(uplink("eth1", source="192.168.1.2")).is_proven
    assert not prove(uplink("eth2", source="192.168.1.3")).is_proven


@needs_namespaces
def test_the_gateway_itself_is_reached_on_its_own_link(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1")

    assert prove(uplink("eth1"), "198.51.100.1").is_proven
    assert not prove(uplink("eth1"), "198.51.100.77").is_proven


@needs_namespaces
def test_ipv6_is_proven_by_a_link_local_gateway(box: Namespace, prove: Prove) -> None:
    box.ip("route add ::/0 via fe80::1 dev eth1", "route add ::/0 via fe80::1 dev eth2 metric 2000")

    for name in ("eth1", "eth2"):
        proof = prove(uplink(name), TARGET_6)
        assert proof.is_proven
        assert proof.routes == {TARGET_6: f"default via fe80::1 dev {name}"}


@needs_namespaces
def test_ipv6_without_a_default_by_the_uplink_is_not_proven_by_another_ones(box: Namespace, prove: Prove) -> None:
    box.ip("route add ::/0 via fe80::1 dev eth1", "route add 2001:db8:ff::/48 via fe80::1 dev eth2")

    proof = prove(replace(uplink("eth2"), source="2001:db8:2::2"), TARGET_6)

    assert not proof.is_proven


@needs_namespaces
def test_an_ipv6_default_for_one_source_network_only_is_proof_for_sources_in_it(box: Namespace, prove: Prove) -> None:
    try:
        box.ip("route add ::/0 from 2001:db8:2::/64 via fe80::1 dev eth2")
    except subprocess.CalledProcessError:
        pytest.skip("this kernel knows no source-specific routes")

    assert prove(uplink("eth2"), TARGET_6).is_proven


@needs_namespaces
def test_ipv6_in_another_table_is_not_proven_without_its_rule(box: Namespace, prove: Prove) -> None:
    box.ip("route add ::/0 via fe80::1 dev eth1", "route add ::/0 via fe80::1 dev eth2 table 102")

    without = prove(uplink("eth2"), TARGET_6)
    box.ip("rule add from 2001:db8:2::2 lookup 102", family=6)

    assert not without.is_proven
    assert prove(uplink("eth2"), TARGET_6).is_proven


@needs_namespaces
def test_one_target_that_leaves_elsewhere_spoils_the_proof_and_is_named(box: Namespace, prove: Prove) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1", "route add unreachable 8.8.8.8 metric 1")

    proof = prove(uplink("eth1"), TARGET, "8.8.8.8", "9.9.9.9")

    assert not proof.is_proven
    assert len(proof.problems) == 1
    assert proof.problems[0].startswith("8.8.8.8 ")
    assert set(proof.routes) == {TARGET, "8.8.8.8", "9.9.9.9"}


@needs_namespaces
def test_an_answer_is_kept_for_its_snapshot_and_asked_anew_for_the_next(box: Namespace) -> None:
    box.ip("route add default via 198.51.100.1 dev eth1")

    def inside() -> list[bool]:
        facts = take_snapshot(SYSTEM)
        path = find_path(uplink("eth1"), facts, 4)
        prover = Prover()
        try:
            before = prover.prove(path, [TARGET], 1).is_proven
            box.ip("route add blackhole 1.1.1.1")
            return [before, prover.prove(path, [TARGET], 1).is_proven, prover.prove(path, [TARGET], 2).is_proven]
        finally:
            prover.close()

    assert box.call(inside) == [True, True, False]


def path(**values: object) -> Path:
    facts = {
        "uplink_id": 1,
        "family": 4,
        "device": "lo",
        "link": LinkStatus.UP,
        "generation": 5,
        "ifindex": 1,
        "source": "127.0.0.1",
        "has_default": True,
    }
    return Path(**{**facts, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lack", "words"),
    [
        ({"source": None}, "lo cannot send: no address"),
        ({"has_default": False}, "lo cannot send: no default route"),
        ({"link": LinkStatus.NO_CARRIER}, "lo cannot send: no_carrier"),
    ],
)
def test_a_path_that_cannot_send_is_not_proven_and_nobody_is_asked(lack: dict[str, object], words: str) -> None:
    proof = Prover().prove(path(**lack), [TARGET], 1)

    assert (proof.is_proven, proof.problems, proof.generation) == (False, (words,), 5)


def test_a_target_of_the_other_family_is_not_proven() -> None:
    assert Prover().prove(path(), [TARGET_6], 1).problems == (f"{TARGET_6} is not an IPv4 address",)


def test_no_target_is_no_proof() -> None:
    assert not Prover().prove(path(), [], 1).is_proven


def test_any_process_may_ask_and_a_closed_prover_opens_again() -> None:
    prover = Prover()
    first = prover.prove(path(), [TARGET], 1)
    prover.close()
    prover.close()

    assert not first.is_proven
    assert prover.prove(path(), [TARGET], 2).problems == first.problems
    prover.close()


def test_a_socket_that_failed_is_replaced_and_the_question_asked_again() -> None:
    prover = Prover()
    first = prover.prove(path(), [TARGET], 1)
    assert prover._rtnl is not None
    prover._rtnl.close()

    assert prover.prove(path(), [TARGET], 2).problems == first.problems
    prover.close()


def test_only_so_many_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ispstatus.net.prove._KEPT", 2)
    prover = Prover()
    for generation in range(5):
        prover.prove(path(), [TARGET], generation)

    assert len(prover._known) == 2
    prover.close()
