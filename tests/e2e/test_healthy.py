"""A healthy box: true verdicts soon after the start, evidence complete, nothing of the machine changed."""

import contextlib
import ipaddress
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.worlds import NAMES, UP, World, name_uplinks
from tests.lab.daemon import Daemon
from tests.lab.lines import PING_TARGETS, THREE
from tests.lab.topology import WanLab


@pytest.mark.beside
def test_three_uplinks_are_up_within_fifteen_seconds_of_the_start(tmp_path: Path) -> None:
    with WanLab() as lab:
        began = time.monotonic()
        with Daemon(lab, tmp_path / "state", name_uplinks()) as daemon:
            daemon.wait_until_up(NAMES, within_s=15, ask_every_s=None)
            assert time.monotonic() - began < 15
            answer = daemon.status()
    assert [uplink["name"] for uplink in answer["uplinks"]] == list(NAMES)
    assert answer["contract"] == "1.1.0"
    for uplink in answer["uplinks"]:
        check_evidence(uplink)
    by_name = {uplink["name"]: uplink for uplink in answer["uplinks"]}
    assert by_name["lte"]["gw_ping"] is None
    assert by_name["fibre"]["gw_ping"]["ok"] is True
    assert by_name["fibre"]["gw_ping"]["target"] == "203.0.113.1"
    assert by_name["fibre"]["gw_ping"]["neighbour"] in ("REACHABLE", "DELAY", "STALE", "PROBE")


def check_evidence(uplink: dict[str, Any]) -> None:
    """Everything a healthy verdict must cite."""
    assert (uplink["state"], uplink["state_label"], uplink["state_reason"]) == (UP, "UP", "ok")
    assert uplink["fault"] == "none"
    assert uplink["state_text"].startswith("UP since ")
    assert uplink["iface_state"] == "up"
    assert [ping["target"] for ping in uplink["ping"]] == list(PING_TARGETS)
    for ping in uplink["ping"]:
        assert ping["ok"] is True
        assert 0 < ping["rtt_ms"] < 1000
    assert {http["url"].split(":")[0] for http in uplink["http"]} == {"http", "https"}
    assert all(http["ok"] is True for http in uplink["http"])
    assert any(dns["ok"] for dns in uplink["dns"])
    assert uplink["path"]["source"] in {line.source for line in THREE}
    assert abs(datetime.fromisoformat(uplink["measured_utc"]).timestamp() - time.time()) < 60


@pytest.mark.beside
def test_without_a_configuration_file_the_same_three_are_found_in_order(tmp_path: Path) -> None:
    with WanLab() as lab, Daemon(lab, tmp_path / "state") as daemon:
        devices = [line.device for line in THREE]
        daemon.wait_until_up(devices, within_s=15, ask_every_s=None)
        assert [uplink["name"] for uplink in daemon.status()["uplinks"]] == devices


@pytest.mark.beside
def test_ready_means_that_it_answers(tmp_path: Path) -> None:
    with WanLab() as lab:
        daemon = Daemon(lab, tmp_path / "state", name_uplinks())
        try:
            daemon.start(ready_within_s=None)
            line = daemon.wait_for_line("ready: ", 15)
            assert daemon.get("/api/status?cached=1").status == 200
            assert re.fullmatch(r"ready: http://\S+:8080", line)
        finally:
            daemon.kill()


@pytest.mark.beside
def test_the_very_first_answer_lists_every_uplink(tmp_path: Path) -> None:
    with WanLab() as lab:
        daemon = Daemon(lab, tmp_path / "state", name_uplinks())
        try:
            daemon.start(ready_within_s=None)
            deadline, answer = time.monotonic() + 15, None
            while answer is None:
                assert time.monotonic() < deadline
                with contextlib.suppress(OSError):
                    answer = daemon.get("/api/status?cached=1")
            assert [uplink["name"] for uplink in answer.json["uplinks"]] == list(NAMES)
        finally:
            daemon.kill()


def network_state(lab: WanLab) -> str:
    """Everything a monitor could change in the box's network, as text."""
    shown = [
        ("ip", "route", "show", "table", "all"),
        ("ip", "-6", "route", "show", "table", "all"),
        ("ip", "rule"),
        ("ip", "-6", "rule"),
        ("ip", "-br", "addr"),
        ("ip", "-br", "link"),
        ("nft", "list", "ruleset"),
        ("sh", "-c", "grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv4/ping_group_range | sort"),
    ]
    return "\n".join(lab.run("box", *command).stdout for command in shown)


def settled_state(lab: WanLab) -> str:
    """The same, once the kernel has given every link its link-local address."""
    before = ""
    while (now := network_state(lab)) != before:
        before = now
        time.sleep(1)
    return now


@pytest.mark.beside
def test_a_run_leaves_routes_rules_and_addresses_byte_identical(tmp_path: Path) -> None:
    with WanLab(ipv6=True) as lab:
        before = settled_state(lab)
        assert "default via 203.0.113.1" in before
        with Daemon(lab, tmp_path / "state") as daemon:
            daemon.wait_until_up([line.device for line in THREE], within_s=15)
            daemon.status(cached=False)
            assert network_state(lab) == before
            assert daemon.stop() == 0
        assert network_state(lab) == before


def test_every_probe_left_by_its_own_uplink(world: World) -> None:
    began = time.time()
    world.daemon.status(cached=False)
    time.sleep(6)
    world.daemon.status(cached=False)
    peers = {request["peer"] for request in world.lab.requests(began)}
    nets = [ipaddress.ip_network(line.seen_sources[0]) for line in THREE]
    assert all(any(ipaddress.ip_address(peer) in net for net in nets) for peer in peers)
    for line in THREE:  # and each of the three was asked through its own wire
        assert all(world.lab.seen(line.name)[f"up echo {target}"] > 0 for target in PING_TARGETS)


def test_probes_say_who_they_are(world: World) -> None:
    agents = {request["agent"] for request in world.lab.requests()}
    assert agents
    assert all(agent.startswith("ispstatus/") for agent in agents)


@pytest.mark.parametrize("path", ["/api/health", "/healthz", "/", "/metrics", "/api/prtg", "/api/uplinks"])
def test_the_other_pages_answer_and_probe_nothing(world: World, path: str) -> None:
    def probes_nothing() -> bool:
        began = time.time()
        assert world.daemon.get(path).status == 200
        return world.lab.requests(began) == []

    # Once may meet the minute's own cycle; a page that probes would do it each time.
    assert any(probes_nothing() for _ in range(3))
