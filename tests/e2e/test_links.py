"""Interfaces that come, go, change: followed without a restart; remembered across one."""

import time
from pathlib import Path

import pytest

from tests.e2e.worlds import DOWN, NAMES, UP, World
from tests.lab import faults
from tests.lab.daemon import Daemon, Watch
from tests.lab.lines import THREE
from tests.lab.topology import WanLab


def test_a_flapping_carrier_ends_in_the_truth_and_disturbs_nobody(world: World) -> None:
    with Watch(world.daemon, ["lte", "bgp"]) as watch:
        flapping = faults.in_background(world.lab, "flap", "fibre", times=10, period_s=0.5)
        while flapping.is_alive():
            assert world.daemon.get("/api/health").status == 200
            time.sleep(0.2)
        flapping.join()
        world.daemon.wait_for("fibre", UP, "ok", within_s=10, ask_every_s=None)
        faults.inject(world.lab, "flap", "fibre", times=3, period_s=0.2)
        faults.inject(world.lab, "carrier_down", "fibre")
        world.daemon.wait_for("fibre", DOWN, "no_carrier", within_s=3, ask_every_s=None)
        time.sleep(2)
        assert world.daemon.look("fibre").state == DOWN
    assert watch.verdicts("lte") == watch.verdicts("bgp") == [(UP, "ok")]


def test_a_deleted_and_recreated_interface_is_followed(world: World) -> None:
    faults.inject(world.lab, "gone", "fibre")
    world.daemon.wait_for("fibre", DOWN, "iface_missing", within_s=3, ask_every_s=None)
    faults.heal(world.lab, "fibre")
    world.daemon.wait_for("fibre", UP, "ok", within_s=10, ask_every_s=None)


def test_a_renewed_address_is_followed(world: World) -> None:
    faults.inject(world.lab, "renumbered", "fibre", address="203.0.113.77/24")
    deadline = time.monotonic() + 10
    while world.daemon.look("fibre").uplink["path"]["source"] != "203.0.113.77":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    world.daemon.wait_for("fibre", UP, "ok", within_s=10)
    began = time.time()
    time.sleep(5.5)
    world.daemon.status(cached=False, name="fibre")
    assert {request["peer"] for request in world.lab.requests(began)} & {"203.0.113.77"}


@pytest.mark.beside
def test_a_renamed_interface_keeps_the_uplinks_name_when_it_was_detected(tmp_path: Path) -> None:
    with WanLab() as lab, Daemon(lab, tmp_path / "state") as daemon:
        devices = [line.device for line in THREE]
        daemon.wait_until_up(devices)
        faults.inject(lab, "renamed", "fibre")
        time.sleep(1)
        daemon.wait_for("fibre0", UP, "ok", within_s=10)
        told = daemon.status()["uplinks"]
        assert [uplink["name"] for uplink in told] == devices
        assert told[0]["iface"] == "was-fibre0"


@pytest.mark.beside
def test_an_interface_missing_at_the_start_is_found_when_it_comes(tmp_path: Path) -> None:
    with WanLab() as lab:
        config = "\n".join(f'[[uplink]]\nname = "{n}"\ninterface = "{lab.lines[n].device}"' for n in NAMES)
        faults.inject(lab, "gone", "lte")
        with Daemon(lab, tmp_path / "state", config) as daemon:
            daemon.wait_for("lte", DOWN, "iface_missing", within_s=10)
            faults.heal(lab, "lte")
            daemon.wait_for("lte", UP, "ok", within_s=10)


@pytest.mark.beside
def test_after_a_carrier_loss_and_a_restart_the_detected_list_is_the_same(tmp_path: Path) -> None:
    with WanLab() as lab, Daemon(lab, tmp_path / "state") as daemon:
        devices = [line.device for line in THREE]
        daemon.wait_until_up(devices)
        assert daemon.stop() == 0
        faults.inject(lab, "carrier_down", "fibre")
        faults.inject(lab, "no_route", "fibre")  # as a DHCP client would do
        faults.inject(lab, "gone", "lte")
        daemon.start()
        assert [uplink["name"] for uplink in daemon.status()["uplinks"]] == devices
        daemon.wait_for("fibre0", DOWN, "no_carrier", within_s=10)
        daemon.wait_for("lte0", DOWN, "iface_missing", within_s=10)
        daemon.wait_for("bgp0", UP, "ok", within_s=10)
        assert [uplink["name"] for uplink in daemon.status()["uplinks"]] == devices
