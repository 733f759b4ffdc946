import pytest

from ispstatus.net.wayback import device_towards
from tests.net.namespace import Namespace, needs_namespaces


@pytest.fixture
def box(space: Namespace) -> Namespace:
    """A LAN, and a WAN whose address answers by its own table."""
    for name in ("lan0", "eth1"):
        space.ip(f"link add {name} type veth peer name far-{name}", f"link set {name} up", f"link set far-{name} up")
    for family, lan, wan in ((4, "192.168.50.1/24", "203.0.113.2/24"), (6, "fd00:50::1/64", "2001:db8::2/64")):
        gateway = wan.split("/")[0][:-1] + "1"
        space.ip(
            f"addr add {lan} dev lan0",
            f"addr add {wan} dev eth1",
            f"route add default via {gateway} dev eth1",
            f"route add default via {gateway} dev eth1 table 101",
            f"rule add from {wan.split('/')[0]} lookup 101",
            family=family,
        )
    return space


@needs_namespaces
@pytest.mark.parametrize(
    ("peer", "local", "device"),
    [
        pytest.param("192.168.50.20", "192.168.50.1", "lan0", id="lan"),
        pytest.param("192.168.50.20", None, "lan0", id="lan-from-any-address"),
        pytest.param("192.168.50.20", "203.0.113.2", "eth1", id="borrowed-lan-address"),
        pytest.param("198.51.100.5", "203.0.113.2", "eth1", id="stranger"),
        pytest.param("192.168.50.1", "192.168.50.1", "lo", id="the-box-itself"),
        pytest.param("fd00:50::20", "fd00:50::1", "lan0", id="lan6"),
        pytest.param("fd00:50::20", "2001:db8::2", "eth1", id="borrowed-lan-address6"),
        pytest.param("192.168.50.20", "192.0.2.9", None, id="no-address-of-ours"),
    ],
)
def test_the_way_back_follows_the_address_that_was_called(
    box: Namespace, peer: str, local: str | None, device: str | None
) -> None:
    assert box.call(lambda: device_towards(peer, local)) == device


@needs_namespaces
def test_without_a_route_there_is_no_way_back(space: Namespace) -> None:
    assert space.call(lambda: device_towards("192.168.50.20", None)) is None
