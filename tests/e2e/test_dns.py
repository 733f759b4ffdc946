"""DNS must never make one uplink's trouble another's, nor a provider's resolver an outage."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.worlds import DEGRADED, DOWN, NAMES, UP, World, name_uplinks
from tests.lab import faults
from tests.lab.daemon import Daemon, Watch
from tests.lab.shapes import PROVIDER_DNS
from tests.lab.topology import WanLab


def test_names_are_resolved_over_the_uplink_that_is_judged(world: World) -> None:
    """The trap: the default route's uplink is dead and with it the machine's own name service."""
    with Watch(world.daemon, ["lte", "bgp"]) as watch:
        faults.inject(world.lab, "blackhole", "fibre")
        world.daemon.wait_for("fibre", DOWN, "no_external", within_s=10)
        for name in ("lte", "bgp"):
            told = world.daemon.status(cached=False, name=name)["uplinks"][0]
            assert (told["state"], told["state_reason"]) == (UP, "ok")
            assert all(http["ok"] for http in told["http"])
    assert watch.verdicts("lte") == watch.verdicts("bgp") == [(UP, "ok")]


def test_a_dead_name_service_everywhere_is_a_dns_fault_and_nobody_is_down(world: World) -> None:
    faults.service(world.lab, dns="drop")
    for name in NAMES:
        sight = world.daemon.wait_for(name, DEGRADED, "dns_failed", within_s=15)
        assert sight.uplink["fault"] == "dns"
        assert all(ping["ok"] for ping in sight.uplink["ping"])


@pytest.mark.beside
def test_a_dead_provider_resolver_is_a_note_while_public_ones_answer(tmp_path: Path) -> None:
    resolver = PROVIDER_DNS.resolver or ""
    leases = tmp_path / "run" / "resolvconf" / "interfaces"  # where DHCP clients leave what the link was given
    leases.mkdir(parents=True)
    (leases / "fibre0.dhclient").write_text(f"nameserver {resolver}\n")
    with WanLab([PROVIDER_DNS]) as lab:
        config, over = name_uplinks([PROVIDER_DNS]), {"/run": tmp_path / "run"}
        with Daemon(lab, tmp_path / "state", config, over=over) as daemon:
            daemon.wait_until_up(["fibre"])
            asked = {dns["resolver"]: dns["ok"] for dns in daemon.look("fibre").uplink["dns"]}
            assert asked[resolver] is True
            faults.inject(lab, "resolver_dead", "fibre")
            with Watch(daemon, ["fibre"]) as watch:
                answer = fresh_with_silent_resolver(daemon, resolver)
            assert "provider_dns_silent" in answer["notes"]
            assert watch.verdicts("fibre") == [(UP, "ok")]


def fresh_with_silent_resolver(daemon: Daemon, resolver: str) -> dict[str, Any]:
    """Ask until a cycle has met the silence."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        uplink: dict[str, Any] = daemon.status(cached=False)["uplinks"][0]
        if any(row["resolver"] == resolver and not row["ok"] for row in uplink["dns"]):
            return uplink
        time.sleep(0.25)
    raise AssertionError(f"{resolver} was never found silent")
