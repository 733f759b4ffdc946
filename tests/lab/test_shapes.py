"""Networks other than the three plain uplinks: PPP, equal gateways, own tables only, IPv6, private neighbours."""

from dataclasses import replace

import pytest

from tests.lab import faults, seen
from tests.lab.client import connect
from tests.lab.lines import BGP, FIBRE, LTE, PING_TARGETS6, SITES
from tests.lab.seen import dns, look, ping, web
from tests.lab.shapes import NEIGHBOUR, PPP, PROVIDER_DNS, TABLE_ONLY, TWIN_A, TWIN_B
from tests.lab.topology import WanLab


def test_a_gateway_less_line_works_and_loses_its_carrier() -> None:
    with WanLab([FIBRE, PPP]) as lab:
        assert look(lab, "ppp") == look(lab, "fibre")
        assert "via" not in lab.run("box", "ip", "route", "show", "default", "dev", "ppp0").stdout
        faults.inject(lab, "carrier_down", "ppp")
        assert "NO-CARRIER" in lab.run("box", "ip", "link", "show", "ppp0").stdout
        faults.heal(lab, "ppp")
        assert look(lab, "ppp")["ping"]


def test_two_lines_may_have_the_same_gateway_address() -> None:
    with WanLab([TWIN_A, TWIN_B]) as lab:
        assert look(lab, "twin-a")["ping"]
        faults.inject(lab, "blackhole", "twin-a")
        assert lab.run("box", "ping", "-c1", "-W0.4", "-I", TWIN_B.source, "1.1.1.1").returncode == 0
        assert look(lab, "twin-a")["ping"] is False


def test_a_line_may_have_its_default_route_in_its_own_table_only() -> None:
    with WanLab([FIBRE, TABLE_ONLY]) as lab:
        assert "bgp0" not in lab.run("box", "ip", "route", "show", "default").stdout
        bound = ("ping", "-c1", "-W0.4", "-I", "bgp0")
        assert lab.run("box", *bound, "1.1.1.1").returncode != 0  # device alone: taken for an on-link neighbour
        assert lab.run("box", "ping", "-c1", "-W0.4", "-I", TABLE_ONLY.source, "1.1.1.1").returncode == 0


def test_a_providers_own_resolver_can_die_alone() -> None:
    with WanLab([PROVIDER_DNS]) as lab:
        assert PROVIDER_DNS.resolver
        assert lab.call("box", lambda: dns("fibre0", PROVIDER_DNS.resolver or "")) == seen.WEB
        faults.inject(lab, "resolver_dead", "fibre")
        assert lab.call("box", lambda: dns("fibre0", PROVIDER_DNS.resolver or "")) is None
        assert lab.call("box", lambda: dns("fibre0")) == seen.WEB


def test_a_neighbour_in_a_private_wan_can_knock_at_the_box() -> None:
    with WanLab([TWIN_A]) as lab:
        lab.ip("isp-twin-a", f"addr add {NEIGHBOUR}/24 dev cust")
        with pytest.raises(ConnectionRefusedError):
            connect(lab, "isp-twin-a", (TWIN_A.source, 8080), timeout_s=1, source=NEIGHBOUR)


def test_ipv6_lines_reach_the_twins_of_the_targets() -> None:
    with WanLab(ipv6=True) as lab:
        for line in (FIBRE, LTE, BGP):
            bound = ("ping", "-6", "-c1", "-W0.4", "-I", f"{line.network6}10")
            assert [lab.run("box", *bound, target).returncode for target in PING_TARGETS6] == [0, 0, 0]
        assert lab.call("box", lambda: dns("fibre0", kind=28)) is not None
        site = SITES["cp.cloudflare.com"]
        assert lab.call("box", lambda: web("fibre0", "http://cp.cloudflare.com/generate_204", address=site[0])) == "204"
        faults.inject(lab, "blackhole", "fibre")
        assert lab.run("box", "ping", "-6", "-c1", "-W0.4", "-I", f"{FIBRE.network6}10", PING_TARGETS6[0]).returncode
        assert lab.call("box", lambda: ping("bgp0", "1.1.1.1")) is not None


def test_a_line_without_its_rule_is_the_on_link_trap() -> None:
    with WanLab([FIBRE, replace(TABLE_ONLY, has_from_rule=False)]) as lab:
        route = lab.run("box", "ip", "route", "get", "1.1.1.1", "oif", "bgp0", "from", TABLE_ONLY.source).stdout
        assert "via" not in route  # the kernel offers a route; it leads nowhere
