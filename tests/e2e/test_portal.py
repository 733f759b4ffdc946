"""A captive portal is named as one, whether it lets pings through or not."""

from pathlib import Path

import pytest

from tests.e2e.worlds import DEGRADED, DOWN, UP, World, name_uplinks
from tests.lab import faults
from tests.lab.daemon import Daemon
from tests.lab.topology import WanLab


def test_a_portal_that_lets_pings_through_degrades(world: World) -> None:
    faults.inject(world.lab, "captive", "fibre")
    sight = world.daemon.wait_for("fibre", DEGRADED, "captive_portal", within_s=15)
    assert sight.uplink["fault"] == "provider"


def test_a_portal_that_stops_pings_too_is_down_and_named(world: World) -> None:
    faults.inject(world.lab, "captive_without_ping", "lte")
    world.daemon.wait_for("lte", DOWN, "captive_portal", within_s=15)
    faults.heal(world.lab, "lte")
    world.daemon.wait_for("lte", UP, "ok", within_s=15)


@pytest.mark.beside
def test_names_that_resolve_into_a_private_network_are_intercepted_until_they_do_not(tmp_path: Path) -> None:
    with WanLab() as lab:
        faults.service(lab, uplink="bgp", dns="private")
        with Daemon(lab, tmp_path / "state", name_uplinks()) as daemon:
            daemon.wait_until_up(["fibre", "lte"])
            daemon.wait_for("bgp", DEGRADED, "captive_portal", within_s=15)
            faults.heal(lab, "bgp")
            daemon.wait_for("bgp", UP, "ok", within_s=15)
