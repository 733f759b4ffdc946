import struct

import pytest
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from ispstatus.model.net import LinkStatus
from ispstatus.net.facts import is_about_a_link, is_cached_route, is_default_route, link_of, same_address

UP, LOWER_UP = 0x1, 0x10000


def message(flags: int = 0, **attrs: object) -> ifinfmsg:
    made = ifinfmsg()
    made.update(index=7, flags=flags, attrs=[(f"IFLA_{name}", value) for name, value in attrs.items()])
    return made


@pytest.mark.parametrize(
    ("flags", "operstate", "status"),
    [
        (UP | LOWER_UP, "UP", LinkStatus.UP),
        (UP | LOWER_UP, "UNKNOWN", LinkStatus.UP),
        (UP | LOWER_UP, "DOWN", LinkStatus.UP),
        (UP, "DOWN", LinkStatus.NO_CARRIER),
        (UP, "LOWERLAYERDOWN", LinkStatus.NO_CARRIER),
        (0, "DOWN", LinkStatus.ADMIN_DOWN),
        (LOWER_UP, "UNKNOWN", LinkStatus.ADMIN_DOWN),
    ],
)
def test_a_link_is_up_when_switched_on_with_carrier(flags: int, operstate: str, status: LinkStatus) -> None:
    assert link_of(message(flags, OPERSTATE=operstate)).status is status


def test_the_permanent_mac_wins_over_the_present_one() -> None:
    link = link_of(message(ADDRESS="02:00:00:00:00:01", PERM_ADDRESS="AA:00:00:00:00:02"))

    assert link.mac == "aa:00:00:00:00:02"


@pytest.mark.parametrize("address", ["00:00:00:00:00:00", "c6:33:64:01", "", None])
def test_what_is_no_hardware_address_is_none(address: str | None) -> None:
    assert link_of(message(ADDRESS=address)).mac is None


def test_a_link_that_tells_little_is_still_a_link() -> None:
    link = link_of(message())

    assert (link.index, link.kind, link.carrier_downs, link.rx_bytes) == (7, None, 0, 0)


def route(family: int = 2, bits: int = 0, kind: int = 1, flags: int = 0) -> bytes:
    return bytes(16) + struct.pack("=8BI", family, bits, 0, 0, 254, 0, 0, kind, flags)


def test_only_a_unicast_route_to_everywhere_is_a_default_route() -> None:
    assert is_default_route(route())
    assert is_default_route(route(family=10))
    assert not is_default_route(route(bits=24))
    assert not is_default_route(route(kind=7))
    assert not is_default_route(route(family=28))
    assert not is_default_route(route(flags=0x200))


def test_a_cached_exception_is_told_from_a_route() -> None:
    assert is_cached_route(route(bits=128, flags=0x200))
    assert not is_cached_route(route(bits=128))


def test_a_message_about_a_bridge_port_is_not_about_the_link() -> None:
    assert is_about_a_link(bytes(16) + b"\x00" + bytes(15))
    assert not is_about_a_link(bytes(16) + b"\x07" + bytes(15))


def test_addresses_are_compared_by_meaning() -> None:
    assert same_address("fe80::1%eth1", "fe80:0::1")
    assert not same_address("192.0.2.1", "192.0.2.2")
