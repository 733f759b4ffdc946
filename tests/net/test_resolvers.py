import os
from pathlib import Path

import pytest

from ispstatus.net.resolvers import link_resolvers


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path, "sys/class/net/eth1/ifindex", "7\n")
    put(tmp_path, "etc/resolv.conf", "nameserver 127.0.0.53\nnameserver 192.0.2.250\n")
    return tmp_path


def put(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_what_systemd_resolved_was_told_of_the_link_comes_first(root: Path) -> None:
    put(root, "run/systemd/resolve/netif/7", "LLMNR=yes\nSERVERS=192.0.2.1 192.0.2.2\n")
    put(root, "run/systemd/netif/leases/7", "ADDRESS=192.0.2.9\nDNS=192.0.2.2 192.0.2.3\n")

    assert link_resolvers("eth1", root=root) == ("192.0.2.1", "192.0.2.2", "192.0.2.3")


def test_networkd_tells_what_dhcp_and_router_advertisements_gave(root: Path) -> None:
    put(root, "run/systemd/netif/links/7", "ADMIN_STATE=configured\nDNS=192.0.2.1 2001:db8::53 fe80::53\n")

    assert link_resolvers("eth1", root=root) == ("192.0.2.1", "2001:db8::53", "fe80::53%eth1")


def test_another_links_resolvers_are_not_taken(root: Path) -> None:
    put(root, "run/systemd/netif/leases/8", "DNS=192.0.2.8\n")
    put(root, "run/resolvconf/interfaces/eth10.dhclient", "nameserver 192.0.2.10\n")
    put(root, "run/ppp/resolv.conf", "nameserver 192.0.2.11\n")

    assert link_resolvers("eth1", root=root) == ("192.0.2.250",)


def test_network_managers_newest_lease_comes_first(root: Path) -> None:
    old = put(root, "var/lib/NetworkManager/internal-aaaa-eth1.lease", "DNS=192.0.2.1\n")
    put(root, "var/lib/NetworkManager/internal-bbbb-eth1.lease", "DNS=192.0.2.2\n")
    os.utime(old, (1, 1))

    assert link_resolvers("eth1", root=root) == ("192.0.2.2", "192.0.2.1")


def test_network_managers_device_state_is_read(root: Path) -> None:
    put(root, "run/NetworkManager/devices/7", "[dhcp4]\ndomain_name_servers=192.0.2.1 192.0.2.2\n")

    assert link_resolvers("eth1", root=root) == ("192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize(
    "name",
    [
        "run/resolvconf/interfaces/eth1.dhclient",
        "run/resolvconf/interface/eth1.udhcpc",
        "run/dhcpcd/hook-state/resolv.conf/eth1.dhcp",
    ],
)
def test_a_resolv_conf_of_the_link_is_read(root: Path, name: str) -> None:
    put(root, name, "# made by a hook\ndomain example.net\nnameserver 192.0.2.1\nnameserver 2001:db8::53\n")

    assert link_resolvers("eth1", root=root) == ("192.0.2.1", "2001:db8::53")


LEASES = """
lease {
  interface "eth1";
  option domain-name-servers 192.0.2.1;
  renew 4 2026/03/05 12:00:00;
}
lease {
  interface "eth0";
  option domain-name-servers 192.0.2.99;
}
lease {
  interface "eth1";
  option domain-name-servers 192.0.2.2, 192.0.2.3;
}
"""


def test_the_last_lease_of_dhclient_for_this_interface_counts(root: Path) -> None:
    put(root, "var/lib/dhcp/dhclient.leases", LEASES)

    assert link_resolvers("eth1", root=root) == ("192.0.2.2", "192.0.2.3")


def test_a_ppp_link_has_the_peers_resolvers(root: Path) -> None:
    put(root, "etc/ppp/resolv.conf", "nameserver 192.0.2.1\nnameserver 192.0.2.2\n")

    assert link_resolvers("ppp0", root=root) == ("192.0.2.1", "192.0.2.2")


def test_the_boxes_own_file_stands_in_without_its_loopback_stub(root: Path) -> None:
    assert link_resolvers("eth1", root=root) == ("192.0.2.250",)


def test_behind_a_stub_the_file_with_the_real_resolvers_is_read(root: Path) -> None:
    put(root, "etc/resolv.conf", "nameserver 127.0.0.53\n")
    put(root, "run/systemd/resolve/resolv.conf", "nameserver 192.0.2.1\n")

    assert link_resolvers("eth1", root=root) == ("192.0.2.1",)


def test_a_link_local_resolver_of_another_link_is_left_out(root: Path) -> None:
    put(root, "etc/resolv.conf", "nameserver fe80::1%eth0\nnameserver fe80::2%eth1\nnameserver fe80::3\n")

    assert link_resolvers("eth1", root=root) == ("fe80::2%eth1", "fe80::3%eth1")


def test_what_is_no_address_is_left_out(root: Path) -> None:
    put(root, "etc/resolv.conf", "nameserver nonsense\nnameserver\nnameserver 0.0.0.0\nnameserver ::1\n")

    assert link_resolvers("eth1", root=root) == ()


def test_a_file_that_is_not_text_counts_as_does_not_know(root: Path) -> None:
    put(root, "run/systemd/netif/leases/7", "")
    (root / "run/systemd/netif/leases/7").write_bytes(b"\xff\xfe\x00DNS=")

    assert link_resolvers("eth1", root=root) == ("192.0.2.250",)


def test_a_box_that_tells_nothing_has_none(tmp_path: Path) -> None:
    assert link_resolvers("eth1", root=tmp_path) == ()
