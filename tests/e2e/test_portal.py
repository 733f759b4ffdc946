"""A captive portal is named as one, whether it lets pings through or not."""

from tests.e2e.worlds import DEGRADED, DOWN, UP, World
from tests.lab import faults


def test_a_portal_that_lets_pings_through_degrades(world: World) -> None:
    faults.inject(world.lab, "captive", "fibre")
    sight = world.daemon.wait_for("fibre", DEGRADED, "captive_portal", within_s=15)
    assert sight.uplink["fault"] == "provider"


def test_a_portal_that_stops_pings_too_is_down_and_named(world: World) -> None:
    faults.inject(world.lab, "captive_without_ping", "lte")
    world.daemon.wait_for("lte", DOWN, "captive_portal", within_s=15)
    faults.heal(world.lab, "lte")
    world.daemon.wait_for("lte", UP, "ok", within_s=15)


def test_names_that_resolve_into_a_private_network_are_intercepted(world: World) -> None:
    faults.service(world.lab, uplink="bgp", dns="private")
    sight = world.daemon.wait_for("bgp", DEGRADED, within_s=15)
    assert sight.reason in {"captive_portal", "dns_failed", "http_partial"}
