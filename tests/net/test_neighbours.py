import pytest

from ispstatus.net.neighbours import neighbour_state
from tests.net.namespace import Namespace, needs_namespaces


@needs_namespaces
@pytest.mark.parametrize("address", ["198.51.100.1", "fe80::1"])
@pytest.mark.parametrize("state", ["REACHABLE", "STALE", "PERMANENT"])
def test_the_state_is_told_as_ip_neigh_names_it(space: Namespace, address: str, state: str) -> None:
    space.ip(
        "link add eth1 type veth peer name isp1",
        "link set eth1 up",
        "link set isp1 up",
        f"neigh add {address} lladdr 02:00:00:00:00:01 nud {state.lower()} dev eth1",
    )

    def ask() -> str | None:
        import socket

        scoped = f"{address}%eth1" if ":" in address else address
        return neighbour_state(socket.if_nametoindex("eth1"), scoped)

    assert space.call(ask) == state


def test_an_unknown_neighbour_has_no_state() -> None:
    assert neighbour_state(1, "198.51.100.77") is None
    assert neighbour_state(2**30, "198.51.100.77") is None
