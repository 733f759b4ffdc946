"""On which side of the box somebody is, from what the kernel said last."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.neighbourhood import Neighbourhood
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Address, Link, NetSnapshot
from tests.helpers.make import a_path, an_uplink
from tests.net.builders import address, link, snapshot

LO, WAN, LAN = link(1, "lo"), link(2, "eth1"), link(3, "lan0")
LOOPBACK, WAN_ADDRESS = address(1, "127.0.0.1/8"), address(2, "10.7.0.2/24")


class Told:
    """What the netlink thread would publish."""

    def __init__(self, known: NetSnapshot | None) -> None:
        self.known = known

    def snapshot(self) -> NetSnapshot:
        if self.known is None:
            raise CannotMeasure("nothing yet")
        return self.known


class Followed:
    """One uplink of the roster."""

    device = LiveUplink.device

    def __init__(self, device: str | None) -> None:
        self.uplink = an_uplink(name="fibre", interface="eth1")
        self.path = None if device is None else a_path(device=device)


def around(links: Sequence[Link], addresses: Sequence[Address], device: str | None = "eth1") -> Neighbourhood:
    told: Any = Told(snapshot(list(links), list(addresses)))
    return Neighbourhood(told, cast(Any, [Followed(device)]))


def test_an_uplink_is_known_by_the_device_it_has_now() -> None:
    assert around([], [], "eth9").uplink_devices() == {"eth9": "fibre"}
    assert around([], [], None).uplink_devices() == {"eth1": "fibre"}


@pytest.mark.parametrize(
    ("third", "its_address", "has_lan"),
    [
        pytest.param(LAN, "192.168.50.1/24", True, id="lan"),
        pytest.param(LAN, "fd00:50::1/64", True, id="lan6"),
        pytest.param(LAN, "fe80::1/64", False, id="plugged-in-but-not-addressed"),
        pytest.param(replace(LAN, name="docker0"), "172.17.0.1/16", False, id="containers"),
        pytest.param(replace(LAN, name="wg0"), "10.99.0.1/24", False, id="vpn"),
    ],
)
def test_a_lan_is_an_addressed_interface_for_people(third: Link, its_address: str, has_lan: bool) -> None:
    here = around([LO, WAN, third], [LOOPBACK, WAN_ADDRESS, address(3, its_address)])
    assert here.has_lan() is has_lan


def test_a_box_with_one_leg_has_no_lan() -> None:
    assert around([LO, WAN], [LOOPBACK, WAN_ADDRESS]).has_lan() is False


@pytest.mark.parametrize(
    ("peer", "is_on_link"),
    [
        ("10.7.0.99", True),
        ("10.7.1.99", False),
        ("fd00:7::9", True),
        ("2001:db8::1", False),
        ("10.8.0.1", True),
        ("10.8.0.2", False),
    ],
)
def test_on_link_is_what_lies_in_the_network_of_an_address_of_ours(peer: str, is_on_link: bool) -> None:
    addresses = [WAN_ADDRESS, address(2, "fd00:7::1/64"), address(2, "10.8.0.2/32", peer="10.8.0.1")]
    assert around([WAN], addresses).is_on_link(peer) is is_on_link


def test_before_the_kernel_was_read_nobody_is_near() -> None:
    unread: Any = Told(None)
    here = Neighbourhood(unread, cast(Any, []))
    assert (here.has_lan(), here.is_on_link("10.7.0.99")) == (False, False)


@pytest.mark.parametrize(
    ("links", "addresses", "own"),
    [
        pytest.param([LO, WAN, LAN], ["8.8.4.2/24", "192.168.50.1/24"], "192.168.50.1", id="lan"),
        pytest.param([LO, WAN], ["10.7.0.2/24"], "10.7.0.2", id="one-private-leg"),
        pytest.param([LO, WAN], ["8.8.4.2/24"], "127.0.0.1", id="one-public-leg"),
        pytest.param([LO, WAN, LAN], ["10.7.0.2/24", "fd00:50::1/64"], "127.0.0.1", id="lan-of-ipv6"),
    ],
)
def test_people_reach_the_box_by_its_lan_address(links: list[Link], addresses: list[str], own: str) -> None:
    known = [LOOPBACK, *(address(number, text) for number, text in enumerate(addresses, 2))]
    assert around(links, known).own_address() == own


def test_the_way_back_to_this_box_itself_is_loopback() -> None:
    here = around([LO], [LOOPBACK])
    assert here.route_device("127.0.0.1", "127.0.0.1") == "lo"
    assert here.route_device("127.0.0.1", None) == "lo"
