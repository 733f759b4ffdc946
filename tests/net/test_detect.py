import pytest

from ispstatus.net.detect import detect
from tests.net.builders import default, link, snapshot


def test_uplinks_come_in_the_order_main_first_then_metric_then_index() -> None:
    facts = snapshot(
        [link(2, "eth0"), link(3, "eth1"), link(4, "lte0"), link(5, "eth2"), link(6, "lan0")],
        [],
        [
            default(2, "192.0.2.1", table=101),
            default(3, "192.0.2.1", metric=20),
            default(4, None, metric=10),
            default(5, "192.0.2.1", metric=10),
        ],
    )

    assert [(found.interface, found.table, found.metric) for found in detect(facts)] == [
        ("lte0", 254, 10),
        ("eth2", 254, 10),
        ("eth1", 254, 20),
        ("eth0", 101, 0),
    ]


def test_both_families_of_one_interface_are_one_uplink() -> None:
    facts = snapshot([link(2, "eth0", mac="02:00:00:00:00:01")], [], [default(2, "192.0.2.1"), default(2, "fe80::1")])

    (found,) = detect(facts)

    assert found.families == {4, 6}
    assert found.mac == "02:00:00:00:00:01"


def test_an_interface_in_main_and_in_a_policy_table_is_one_uplink_of_main() -> None:
    facts = snapshot([link(2, "eth0")], [], [default(2, "192.0.2.1", table=101), default(2, "192.0.2.1", metric=9)])

    (found,) = detect(facts)

    assert (found.table, found.metric) == (254, 9)


@pytest.mark.parametrize("name", ["docker0", "veth12", "virbr0", "wg0", "tun0", "tailscale0", "lo"])
def test_containers_and_tunnels_are_no_uplinks(name: str) -> None:
    assert detect(snapshot([link(2, name)], [], [default(2, None)])) == ()


def test_a_wireguard_tunnel_is_no_uplink_whatever_its_name() -> None:
    assert detect(snapshot([link(2, "vpn", kind="wireguard")], [], [default(2, None)])) == ()


@pytest.mark.parametrize("name", ["ppp0", "wwan0", "eth0", "enp3s0", "wlan0"])
def test_a_default_route_without_gateway_makes_an_uplink(name: str) -> None:
    (found,) = detect(snapshot([link(2, name)], [], [default(2, None)]))

    assert found.interface == name
