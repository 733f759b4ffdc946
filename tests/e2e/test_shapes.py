"""Boxes that are not textbook: equal gateways, no gateway, own tables, false routes, IPv6."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.worlds import DOWN, NAMES, UNKNOWN, UP, name_uplinks
from tests.lab import faults
from tests.lab.daemon import Daemon, Watch
from tests.lab.lines import FIBRE, LTE, PING_TARGETS6
from tests.lab.shapes import PPP, TABLE_ONLY, TWIN_A, TWIN_B
from tests.lab.topology import WanLab


@pytest.mark.beside
def test_two_uplinks_with_the_same_gateway_and_targets_are_told_apart(tmp_path: Path) -> None:
    lines = [TWIN_A, TWIN_B]
    with WanLab(lines) as lab, Daemon(lab, tmp_path / "state", name_uplinks(lines)) as daemon:
        daemon.wait_until_up(["twin-a", "twin-b"])
        with Watch(daemon, ["twin-a"]) as watch:
            faults.inject(lab, "blackhole", "twin-b")
            daemon.wait_for("twin-b", DOWN, "no_external", within_s=10)
            faults.heal(lab, "twin-b")
            daemon.wait_for("twin-b", UP, "ok", within_s=10)
        assert watch.verdicts("twin-a") == [(UP, "ok")]


@pytest.mark.beside
def test_a_gateway_less_uplink_is_judged_without_a_gateway(tmp_path: Path) -> None:
    lines = [FIBRE, PPP]
    with WanLab(lines) as lab, Daemon(lab, tmp_path / "state") as daemon:  # detected, too
        daemon.wait_until_up(["fibre0", "ppp0"])
        assert daemon.look("ppp0").uplink["gw_ping"] is None
        faults.inject(lab, "blackhole", "ppp")
        daemon.wait_for("ppp0", DOWN, "no_external", within_s=10)
        faults.heal(lab, "ppp")
        daemon.wait_for("ppp0", UP, "ok", within_s=10)
        faults.inject(lab, "carrier_down", "ppp")
        sight = daemon.wait_for("ppp0", DOWN, "no_carrier", within_s=5)
        assert sight.uplink["fault"] == "access"


@pytest.mark.beside
def test_an_uplink_with_its_default_route_in_its_own_table_only_works(tmp_path: Path) -> None:
    lines = [FIBRE, TABLE_ONLY]
    with WanLab(lines) as lab, Daemon(lab, tmp_path / "state") as daemon:
        daemon.wait_until_up(["fibre0", "bgp0"])
        told = daemon.look("bgp0").uplink
        assert told["gw_ping"]["target"] == TABLE_ONLY.gateway
        faults.inject(lab, "no_route", "bgp")
        daemon.wait_for("bgp0", DOWN, "no_route", within_s=5)


@pytest.mark.beside
def test_an_on_link_answer_is_no_route_so_the_path_is_unproven_not_down(tmp_path: Path) -> None:
    """A table nobody looks up: the kernel takes 1.1.1.1 for a neighbour and would ARP for it."""
    lines = [FIBRE, replace(TABLE_ONLY, has_from_rule=False)]
    with WanLab(lines) as lab, Daemon(lab, tmp_path / "state", name_uplinks(lines)) as daemon:
        daemon.wait_until_up(["fibre"])
        with Watch(daemon, ["bgp"]) as watch:
            daemon.wait_for("bgp", UNKNOWN, "path_unproven", within_s=10)
            time.sleep(4)
            daemon.status(cached=False)
        assert {state for state, _ in watch.verdicts("bgp")} == {UNKNOWN}
        assert daemon.look("bgp").uplink["fault"] == "box"
        lab.ip("box", f"rule add from {TABLE_ONLY.source} lookup {TABLE_ONLY.table}")
        daemon.wait_for("bgp", UP, "ok", within_s=10)


@pytest.mark.beside
def test_probes_leave_by_their_uplink_whatever_a_more_specific_route_says(tmp_path: Path) -> None:
    """Somebody pins 1.1.1.1/32 to fibre inside bgp's table."""
    with WanLab() as lab, Daemon(lab, tmp_path / "state", name_uplinks()) as daemon:
        daemon.wait_until_up(NAMES)
        table = lab.lines["bgp"].table
        lab.ip("box", f"route add 1.1.1.1/32 via {FIBRE.gateway} dev fibre0 table {table}")
        time.sleep(1)
        before = lab.seen("bgp")["up echo 1.1.1.1"]
        time.sleep(5)
        told = daemon.status(cached=False, name="bgp")["uplinks"][0]
        pinned = next(ping for ping in told["ping"] if ping["target"] == "1.1.1.1")
        assert pinned["ok"] is not True or lab.seen("bgp")["up echo 1.1.1.1"] > before
        assert told["state"] != DOWN


@pytest.mark.beside
def test_a_route_to_one_target_over_another_gateway_is_no_proof(tmp_path: Path) -> None:
    with WanLab() as lab, Daemon(lab, tmp_path / "state", name_uplinks()) as daemon:
        daemon.wait_until_up(NAMES)
        line = lab.lines["bgp"]
        lab.ip("box", f"route add 1.1.1.1/32 via 198.51.100.6 dev bgp0 table {line.table}")
        time.sleep(6)
        told = daemon.status(cached=False, name="bgp")["uplinks"][0]
        stray = [ping for ping in told["ping"] if ping["target"] == "1.1.1.1" and ping["ok"] is not None]
        assert told["state_reason"] == "path_unproven" or not stray
        assert told["state"] != DOWN


@pytest.mark.beside
def test_ipv6_is_measured_beside_ipv4_and_its_loss_is_a_note(tmp_path: Path) -> None:
    with WanLab(ipv6=True) as lab, Daemon(lab, tmp_path / "state", name_uplinks()) as daemon:
        daemon.wait_until_up(NAMES)
        wait_for_rows(daemon, "fibre", "other_family", PING_TARGETS6)
        assert all(ping["ok"] for ping in daemon.look("fibre").uplink["other_family"])


def wait_for_rows(daemon: Daemon, uplink: str, key: str, targets: Sequence[str]) -> None:
    """A verdict comes as soon as it is certain; the rest of its evidence follows."""
    deadline = time.monotonic() + 10
    while [row["target"] for row in daemon.look(uplink).uplink[key]] != list(targets):
        assert time.monotonic() < deadline, daemon.look(uplink).uplink[key]
        time.sleep(0.1)


@pytest.mark.beside
def test_an_uplink_with_ipv6_only_is_judged_by_ipv6(tmp_path: Path) -> None:
    lines = [FIBRE, LTE]
    with WanLab(lines, ipv6=True) as lab:
        lab.ip("box", "addr del 203.0.113.10/24 dev fibre0")
        with Daemon(lab, tmp_path / "state") as daemon:
            daemon.wait_until_up(["fibre0", "lte0"])
            wait_for_rows(daemon, "fibre0", "ping", PING_TARGETS6)
            faults.inject(lab, "blackhole", "fibre")
            daemon.wait_for("fibre0", DOWN, "no_external", within_s=10)
