import os
import subprocess
import sys
from dataclasses import replace

import pytest

from ispstatus.model.net import LinkStatus, NetSnapshot
from ispstatus.net.paths import find_link, find_path, verdict_family
from tests.net.builders import address, default, link, rule, snapshot, uplink


def two_uplinks(**values: object) -> NetSnapshot:
    return snapshot(
        [link(1, "lo"), link(2, "eth1"), link(3, "eth2")],
        [address(2, "198.51.100.2/24"), address(3, "203.0.113.2/24")],
        [default(2, "198.51.100.1", metric=10), default(3, "203.0.113.1", metric=20)],
    )


def test_an_uplink_has_the_address_and_gateway_of_its_own_interface() -> None:
    path = find_path(uplink("eth2"), two_uplinks(), 4)

    assert (path.device, path.ifindex, path.source, path.gateway) == ("eth2", 3, "203.0.113.2", "203.0.113.1")
    assert path.is_usable


def test_a_missing_interface_is_missing_and_not_an_error() -> None:
    path = find_path(uplink("eth9"), two_uplinks(), 4)

    assert path.link is LinkStatus.MISSING
    assert not path.is_usable


def test_an_interface_without_an_address_has_no_source() -> None:
    bare = replace(two_uplinks(), addresses=())

    assert find_path(uplink("eth1"), bare, 4).source is None


def test_an_interface_without_a_default_route_says_so() -> None:
    bare = replace(two_uplinks(), default_routes=())

    path = find_path(uplink("eth1"), bare, 4)

    assert not path.has_default
    assert path.gateway is None


def test_the_lowest_metric_in_main_leads_when_no_rule_speaks() -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "198.51.100.2/24")],
        [
            default(2, "198.51.100.3", metric=50),
            default(2, "198.51.100.1", metric=10),
            default(2, "198.51.100.4", table=9),
        ],
    )

    path = find_path(uplink(), facts, 4)

    assert (path.gateway, path.table) == ("198.51.100.1", 254)


@pytest.mark.parametrize(
    ("condition", "mark"),
    [({"source": "198.51.100.2/32"}, 0), ({"mark": 0x101}, 0x101), ({"device": "eth1"}, 0)],
    ids=["by source", "by mark", "by device"],
)
def test_the_table_a_rule_names_wins_over_main(condition: dict[str, object], mark: int) -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "198.51.100.2/24")],
        [default(2, "198.51.100.1"), default(2, "198.51.100.9", table=101)],
        [rule(101, **condition), rule(254, priority=32766)],
    )

    path = find_path(uplink(mark=mark), facts, 4)

    assert (path.gateway, path.table, path.mark) == ("198.51.100.9", 101, mark)


@pytest.mark.parametrize(
    "condition",
    [{"source": "198.51.100.77/32"}, {"mark": 0x102}, {"device": "eth2"}, {"family": 6}],
    ids=["other source", "other mark", "other device", "other family"],
)
def test_a_rule_for_others_changes_nothing(condition: dict[str, object]) -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "198.51.100.2/24")],
        [default(2, "198.51.100.1"), default(2, "198.51.100.9", table=101)],
        [rule(101, **condition), rule(254, priority=32766)],
    )

    assert find_path(uplink(), facts, 4).table == 254


def test_a_mark_is_compared_under_the_rules_mask() -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "198.51.100.2/24")],
        [default(2, "198.51.100.1"), default(2, "198.51.100.9", table=101)],
        [rule(101, mark=0x100, mark_mask=0xF00), rule(254, priority=32766)],
    )

    assert find_path(uplink(mark=0x123), facts, 4).table == 101


def test_an_uplink_only_in_a_policy_table_is_found_there() -> None:
    facts = snapshot(
        [link(2, "eth1")], [address(2, "198.51.100.2/24")], [default(2, "198.51.100.1", table=101, metric=3)]
    )

    path = find_path(uplink(), facts, 4)

    assert (path.gateway, path.table, path.is_usable) == ("198.51.100.1", 101, True)


def test_a_configured_table_wins_and_main_stands_in_when_it_has_no_default() -> None:
    routes = [default(2, "198.51.100.1"), default(2, "198.51.100.9", table=101)]
    facts = snapshot([link(2, "eth1")], [address(2, "198.51.100.2/24")], routes)

    assert find_path(uplink(table=101), facts, 4).gateway == "198.51.100.9"
    assert find_path(uplink(table=102), facts, 4).gateway == "198.51.100.1"


def test_a_configured_source_and_gateway_win() -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "198.51.100.2/24"), address(2, "198.51.100.3/24")],
        [default(2, "198.51.100.1", metric=1), default(2, "198.51.100.9", metric=9, table=101)],
    )

    path = find_path(uplink(source="198.51.100.3", gateway="198.51.100.9"), facts, 4)

    assert (path.source, path.gateway, path.table) == ("198.51.100.3", "198.51.100.9", 101)


def test_a_configured_source_may_live_on_another_link_but_must_exist() -> None:
    facts = replace(two_uplinks(), addresses=(*two_uplinks().addresses, address(1, "192.0.2.1/32")))

    assert find_path(uplink(source="192.0.2.1"), facts, 4).source == "192.0.2.1"
    assert find_path(uplink(source="192.0.2.9"), facts, 4).source is None


def test_gateway_none_means_gatewayless_whatever_the_route_says() -> None:
    path = find_path(uplink(gateway="none"), two_uplinks(), 4)

    assert path.gateway is None
    assert path.is_usable


def test_a_gatewayless_link_is_usable_with_its_own_address() -> None:
    facts = snapshot([link(2, "ppp0")], [address(2, "100.64.0.2/32", peer="100.64.0.1")], [default(2, None)])

    path = find_path(uplink("ppp0"), facts, 4)

    assert (path.source, path.gateway, path.is_usable) == ("100.64.0.2", None, True)


def test_the_routes_own_source_wins_over_the_first_address() -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "198.51.100.2/24"), address(2, "198.51.100.3/24")],
        [default(2, "198.51.100.1", prefsrc="198.51.100.3")],
    )

    assert find_path(uplink(), facts, 4).source == "198.51.100.3"


def test_the_address_in_the_gateways_net_wins_over_the_first() -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "10.0.0.2/24"), address(2, "198.51.100.3/24")],
        [default(2, "198.51.100.1")],
    )

    assert find_path(uplink(), facts, 4).source == "198.51.100.3"


def test_an_ipv6_source_is_global_and_a_link_local_gateway_names_its_device() -> None:
    facts = snapshot(
        [link(2, "eth1")],
        [address(2, "fe80::2/64"), address(2, "fd00::2/64"), address(2, "2001:db8:1::2/64")],
        [default(2, "fe80::1")],
    )

    path = find_path(uplink(), facts, 6)

    assert (path.source, path.gateway) == ("2001:db8:1::2", "fe80::1%eth1")


def test_a_unique_local_ipv6_address_serves_for_want_of_a_global_one_and_a_link_local_never() -> None:
    routes = [default(2, "fe80::1")]
    local = snapshot([link(2, "eth1")], [address(2, "fe80::2/64"), address(2, "fd00::2/64")], routes)
    nothing = snapshot([link(2, "eth1")], [address(2, "fe80::2/64")], routes)

    assert find_path(uplink(), local, 6).source == "fd00::2"
    assert find_path(uplink(), nothing, 6).source is None


def test_the_same_gateway_address_on_two_uplinks_belongs_to_each() -> None:
    facts = snapshot(
        [link(2, "eth1"), link(3, "eth2")],
        [address(2, "192.168.1.2/24"), address(3, "192.168.1.3/24")],
        [default(2, "192.168.1.1"), default(3, "192.168.1.1", metric=5)],
    )

    one, other = (find_path(uplink(name), facts, 4) for name in ("eth1", "eth2"))

    assert (one.gateway, other.gateway) == ("192.168.1.1", "192.168.1.1")
    assert (one.device, other.device) == ("eth1", "eth2")
    assert one.generation != other.generation


def test_the_generation_stays_when_another_uplink_changes() -> None:
    before = two_uplinks()
    after = replace(
        before,
        generation=7,
        links=(before.links[0], before.links[1], replace(before.links[2], status=LinkStatus.NO_CARRIER)),
        default_routes=before.default_routes[:1],
    )

    assert find_path(uplink("eth1"), before, 4).generation == find_path(uplink("eth1"), after, 4).generation


@pytest.mark.parametrize(
    "change",
    [
        {"links": (link(2, "eth1", status=LinkStatus.NO_CARRIER),)},
        {"links": (link(2, "eth1", carrier_downs=1),)},
        {"addresses": (address(2, "198.51.100.8/24"),)},
        {"default_routes": (default(2, "198.51.100.77"),)},
        {"default_routes": (default(2, "198.51.100.1", table=101),)},
        {"default_routes": ()},
        {
            "links": (link(9, "eth1"),),
            "addresses": (address(9, "198.51.100.2/24"),),
            "default_routes": (default(9, "198.51.100.1"),),
        },
    ],
    ids=["link", "carrier", "source", "gateway", "table", "no route", "made anew"],
)
def test_the_generation_changes_with_whatever_leads_the_uplinks_packets(change: dict[str, object]) -> None:
    before = snapshot([link(2, "eth1")], [address(2, "198.51.100.2/24")], [default(2, "198.51.100.1")])
    after = replace(before, **change)  # type: ignore[arg-type]

    assert find_path(uplink(), before, 4).generation != find_path(uplink(), after, 4).generation


def test_the_generation_is_the_same_in_every_process() -> None:
    script = "from tests.net.test_paths import *\nprint(find_path(uplink('eth1'), two_uplinks(), 4).generation)"
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)}

    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert int(told.stdout) == find_path(uplink("eth1"), two_uplinks(), 4).generation


def test_a_new_mark_is_a_new_generation() -> None:
    marked = find_path(uplink(mark=5), two_uplinks(), 4)

    assert marked.generation != find_path(uplink(), two_uplinks(), 4).generation


def test_byte_counters_do_not_change_the_generation() -> None:
    before = two_uplinks()
    after = replace(before, links=tuple(replace(one, rx_bytes=99, tx_bytes=99) for one in before.links))

    assert find_path(uplink(), before, 4) == find_path(uplink(), after, 4)


def test_the_verdict_is_for_ipv4_where_it_has_a_default_else_for_ipv6() -> None:
    links = [link(2, "eth1")]
    both = snapshot(links, [], [default(2, "198.51.100.1"), default(2, "fe80::1")])
    only_v6 = snapshot(links, [address(2, "198.51.100.2/24")], [default(2, "fe80::1")])

    assert verdict_family(uplink(), both) == 4
    assert verdict_family(uplink(), only_v6) == 6


def test_without_any_default_the_addresses_decide_the_family() -> None:
    only_v6 = snapshot([link(2, "eth1")], [address(2, "2001:db8::2/64")])
    link_local = snapshot([link(2, "eth1")], [address(2, "fe80::2/64")])

    assert verdict_family(uplink(), only_v6) == 6
    assert verdict_family(uplink(), link_local) == 4
    assert verdict_family(uplink("gone0"), only_v6) == 4


def test_a_configured_source_or_gateway_decides_the_family() -> None:
    both = snapshot([link(2, "eth1")], [], [default(2, "198.51.100.1"), default(2, "fe80::1")])

    assert verdict_family(uplink(source="2001:db8::2"), both) == 6
    assert verdict_family(uplink(gateway="fe80::1"), both) == 6
    assert verdict_family(uplink(gateway="none"), both) == 4


MAC = "02:00:00:00:00:01"
OTHER = "02:00:00:00:00:02"


def test_a_detected_uplink_is_followed_through_a_rename_by_its_mac() -> None:
    found = find_link(uplink("eth1", is_configured=False, mac=MAC), snapshot([link(2, "wan0", mac=MAC)]))

    assert found is not None
    assert found.name == "wan0"


def test_detected_uplinks_whose_names_were_swapped_are_told_apart() -> None:
    facts = snapshot([link(2, "eth1", mac=OTHER), link(3, "eth2", mac=MAC)])

    found = find_link(uplink("eth1", is_configured=False, mac=MAC), facts)

    assert found is not None
    assert found.name == "eth2"


def test_a_configured_uplink_keeps_to_its_name() -> None:
    facts = snapshot([link(2, "wan0", mac=MAC)])

    assert find_link(uplink("eth1", mac=MAC), facts) is None


def test_a_vlan_that_borrows_the_mac_is_not_mistaken_for_the_renamed_interface() -> None:
    facts = snapshot([link(2, "wan0", mac=MAC), link(3, "wan0.10", mac=MAC, kind="vlan")])

    found = find_link(uplink("eth1", is_configured=False, mac=MAC), facts)

    assert found is not None
    assert found.name == "wan0"


def test_a_replaced_card_under_the_same_name_is_still_the_uplink() -> None:
    found = find_link(uplink("eth1", is_configured=False, mac=MAC), snapshot([link(2, "eth1", mac=OTHER)]))

    assert found is not None
    assert found.mac == OTHER
