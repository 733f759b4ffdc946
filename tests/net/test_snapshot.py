from dataclasses import replace

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import LinkStatus, NetSnapshot
from ispstatus.net import snapshot as snapshot_module
from ispstatus.net.snapshot import is_same, take_snapshot
from tests.net.builders import address, default, link, rule, snapshot
from tests.net.namespace import Namespace, needs_namespaces


def taken_in(space: Namespace) -> NetSnapshot:
    return space.call(lambda: take_snapshot(SYSTEM))


def test_anybody_may_take_a_snapshot_and_finds_the_loopback() -> None:
    facts = take_snapshot(SYSTEM)

    assert facts.generation == 1
    assert "lo" in [found.name for found in facts.links]


@needs_namespaces
def test_carrier_decides_whether_a_link_is_up(space: Namespace) -> None:
    space.ip(
        "link add eth1 type veth peer name isp1",
        "link set eth1 up",
        "link add eth2 type veth peer name isp2",
        "link set eth2 up",
        "link set isp2 up",
        "tuntap add modem mode tun",
        "link set modem up",
    )
    status = {found.name: found.status for found in taken_in(space).links}

    assert status["eth1"] is LinkStatus.NO_CARRIER
    assert status["isp1"] is LinkStatus.ADMIN_DOWN
    assert status["eth2"] is LinkStatus.UP
    assert status["modem"] is LinkStatus.NO_CARRIER


@needs_namespaces
def test_a_link_whose_operstate_is_unknown_is_up_with_carrier(space: Namespace) -> None:
    """The loopback, like tun, ppp and many modems, never leaves UNKNOWN."""
    (lo,) = (found for found in taken_in(space).links if found.name == "lo")

    assert lo.status is LinkStatus.UP


@needs_namespaces
def test_a_link_tells_its_mac_kind_and_counters(space: Namespace) -> None:
    space.ip("link add eth1 address 02:00:00:00:00:0a type veth peer name isp1")
    found = {each.name: each for each in taken_in(space).links}

    assert (found["eth1"].mac, found["eth1"].kind) == ("02:00:00:00:00:0a", "veth")
    assert (found["lo"].mac, found["lo"].kind) == (None, None)


@needs_namespaces
def test_ipv6_addresses_that_packets_should_not_come_from_are_left_out(space: Namespace) -> None:
    space.ip(
        "link add eth1 type veth peer name isp1",
        "addr add 2001:db8::1/64 dev eth1 nodad",
        "addr add 2001:db8::2/64 dev eth1 nodad preferred_lft 0",
        "link set eth1 up",
        "link set isp1 up",
    )
    space.sysctl("ipv6/conf/eth1/accept_dad", "1")
    space.sysctl("ipv6/conf/eth1/dad_transmits", "9")
    space.ip("addr add 2001:db8::3/64 dev eth1")

    found = [each.address for each in taken_in(space).addresses if each.address.startswith("2001:db8:")]

    assert found == ["2001:db8::1"]


@needs_namespaces
def test_the_peer_of_a_point_to_point_address_is_known(space: Namespace) -> None:
    space.ip("tuntap add ppp0 mode tun", "addr add 100.64.0.2 peer 100.64.0.1 dev ppp0")

    (found,) = (each for each in taken_in(space).addresses if each.family == 4 and each.address != "127.0.0.1")

    assert (found.address, found.prefix_len, found.peer) == ("100.64.0.2", 32, "100.64.0.1")


@needs_namespaces
def test_default_routes_of_every_table_and_every_hop_are_found_and_nothing_else(space: Namespace) -> None:
    space.ip(
        "link add eth1 type veth peer name isp1",
        "link add eth2 type veth peer name isp2",
        *(f"link set {name} up" for name in ("eth1", "isp1", "eth2", "isp2")),
        "addr add 198.51.100.2/24 dev eth1",
        "addr add 203.0.113.2/24 dev eth2",
        "route add default via 198.51.100.1 dev eth1 metric 7 src 198.51.100.2",
        "route add default table 101 nexthop via 198.51.100.1 dev eth1 nexthop via 203.0.113.1 dev eth2",
        "route add default dev eth2 table 70000",
        "route add unreachable default metric 9999",
        "route add 192.0.2.0/24 via 198.51.100.1",
        "route add 0.0.0.0/1 via 198.51.100.1",
    )
    facts = taken_in(space)
    names = {each.index: each.name for each in facts.links}

    assert [(r.table, names[r.ifindex], r.gateway, r.metric, r.prefsrc) for r in facts.default_routes] == [
        (101, "eth1", "198.51.100.1", 0, None),
        (101, "eth2", "203.0.113.1", 0, None),
        (254, "eth1", "198.51.100.1", 7, "198.51.100.2"),
        (70000, "eth2", None, 0, None),
    ]


@needs_namespaces
def test_ipv6_defaults_are_found_with_their_link_local_gateways(space: Namespace) -> None:
    space.ip(
        "link add eth1 type veth peer name isp1",
        "link set eth1 up",
        "link set isp1 up",
        "route add ::/0 via fe80::1 dev eth1 metric 5",
        "route add unreachable ::/0 metric 9999",
    )

    (found,) = taken_in(space).default_routes

    assert (found.family, found.table, found.gateway, found.metric) == (6, 254, "fe80::1", 5)


@needs_namespaces
def test_rules_our_packets_can_meet_come_by_priority_and_others_are_left_out(space: Namespace) -> None:
    space.ip(
        "rule add from 198.51.100.0/24 lookup 101 priority 200",
        "rule add fwmark 0x100/0xf00 lookup 102 priority 100",
        "rule add oif lo lookup 103 priority 300",
        "rule add iif lo lookup 104 priority 10",
        "rule add to 192.0.2.1 lookup 105 priority 11",
        "rule add not from 198.51.100.9 lookup 106 priority 12",
        "rule add ipproto tcp dport 25 lookup 107 priority 13",
        "rule add from all lookup main suppress_prefixlength 0 priority 14",
        "rule add from 198.51.100.9 prohibit priority 15",
    )
    found = [each for each in taken_in(space).rules if each.family == 4]

    assert [each.table for each in found] == [102, 101, 103, 254, 253]
    assert (found[0].mark, found[0].mark_mask) == (0x100, 0xF00)
    assert found[1].source == "198.51.100.0/24"
    assert found[2].device == "lo"


def test_snapshots_that_differ_in_counters_age_and_number_are_the_same() -> None:
    one = snapshot([link(2, "eth1")], [address(2, "192.0.2.2/24")], [default(2, "192.0.2.1")], [rule(101)])
    other = replace(one, generation=9, taken_boot_s=5.0, links=(link(2, "eth1", rx_bytes=7, tx_bytes=8),))

    assert is_same(one, other)


@pytest.mark.parametrize(
    "change",
    [
        {"links": (link(2, "eth1", carrier_downs=1),)},
        {"addresses": ()},
        {"default_routes": ()},
        {"rules": ()},
    ],
    ids=["link", "address", "route", "rule"],
)
def test_anything_else_makes_a_difference(change: dict[str, object]) -> None:
    one = snapshot([link(2, "eth1")], [address(2, "192.0.2.2/24")], [default(2, "192.0.2.1")], [rule(101)])

    assert not is_same(one, replace(one, **change))  # type: ignore[arg-type]


def test_a_kernel_that_does_not_answer_is_our_inability_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> NetSnapshot:
        raise TimeoutError("timed out")

    monkeypatch.setattr(snapshot_module, "read_snapshot", fails)

    with pytest.raises(CannotMeasure, match="cannot be read"):
        take_snapshot(SYSTEM)
