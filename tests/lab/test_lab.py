"""Proof that each fault of the lab does what it says, seen from the box."""

import os
import socket
import time
from functools import partial
from typing import Any

import pytest

from tests.lab import faults, profiles, seen
from tests.lab.clockstep import ClockStep
from tests.lab.lines import LAN_BOX, PING_TARGETS, SITES, THREE, WRONG_ADDRESS
from tests.lab.seen import dns, look, ping, web
from tests.lab.topology import WanLab

UPLINKS = [line.name for line in THREE]
WEB = seen.WEB
GOOD = {"device": True, "gateway": True, "ping": True, "dns": WEB, "http": "204", "https": "204"}
DEAD = {"ping": False, "dns": None}


def show(got: dict[str, Any], want: dict[str, Any]) -> dict[str, Any]:
    """The part of ``got`` that ``want`` speaks of."""
    return {key: got.get(key) for key in want}


def look_until(lab: WanLab, uplink: str, want: dict[str, Any]) -> dict[str, Any]:
    """Look again for three seconds: the kernel takes up to one to use a carrier that is back."""
    deadline = time.monotonic() + 3
    while (got := look(lab, uplink)) != want and time.monotonic() < deadline:
        time.sleep(0.05)
    return got


@pytest.mark.parametrize("uplink", UPLINKS)
def test_a_healthy_uplink_reaches_everything(lab: WanLab, uplink: str) -> None:
    assert look(lab, uplink) == GOOD | {"gateway": uplink != "lte"}


CASES: dict[str, dict[str, Any]] = {
    "carrier_down": DEAD | {"device": True, "gateway": False},
    "admin_down": DEAD | {"gateway": False},
    "blackhole": DEAD | {"gateway": True},
    "unreachable": DEAD | {"gateway": True},
    "dns_drop": GOOD | {"dns": None},
    "icmp_drop": GOOD | {"ping": False},
    "gw_silent": GOOD | {"gateway": False},
    "captive": GOOD | {"http": "302 <html>Please log in</html>", "https": "ConnectionRefusedError"},
    "captive_without_ping": {"ping": False, "http": "302 <html>Please log in</html>"},
    "asymmetric": DEAD | {"gateway": True},
    "no_address": DEAD,
    "no_route": DEAD,
    "gone": {"device": False},
    "renamed": {"device": False},
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_breaks_its_uplink_only_and_heals(lab: WanLab, name: str) -> None:
    faults.inject(lab, name, "fibre")
    assert show(look(lab, "fibre"), CASES[name]) == CASES[name]
    assert look(lab, "bgp") == GOOD
    faults.heal(lab, "fibre")
    assert look_until(lab, "fibre", GOOD) == GOOD


@pytest.mark.parametrize("name", ["asymmetric", "captive", "gone", "blackhole"])
def test_the_faults_work_behind_nat_too(lab: WanLab, name: str) -> None:
    faults.inject(lab, name, "lte")
    want = {key: value for key, value in CASES[name].items() if key != "gateway"}
    assert show(look(lab, "lte"), want) == want
    faults.heal(lab, "lte")
    assert look_until(lab, "lte", GOOD | {"gateway": False})["ping"]


def test_a_device_that_was_gone_comes_back_with_another_index(lab: WanLab) -> None:
    before = lab.run("box", "cat", "/sys/class/net/fibre0/ifindex").stdout
    faults.inject(lab, "gone", "fibre")
    faults.heal(lab, "fibre")
    assert lab.run("box", "cat", "/sys/class/net/fibre0/ifindex").stdout != before


def test_a_renewed_lease_moves_the_uplink_to_another_address(lab: WanLab) -> None:
    faults.inject(lab, "renumbered", "fibre", address="203.0.113.77/24")
    assert lab.call("box", lambda: web("fibre0", f"{seen.SITE}/")) == "200 hello 203.0.113.77"


def test_loss_is_as_given_in_each_direction(lab: WanLab) -> None:
    faults.inject(lab, "loss", "bgp", pct=30)
    answers = lab.call("box", lambda: [ping("bgp0", "1.1.1.1", 0.05) is not None for _ in range(100)])
    assert 0.35 < answers.count(True) / 100 < 0.65  # 0.7 each way
    faults.inject(lab, "loss", "bgp", pct=0)
    faults.inject(lab, "loss", "bgp", pct=100, direction=1)
    assert lab.call("box", lambda: ping("bgp0", "1.1.1.1", 0.3)) is None


def test_latency_is_as_given(lab: WanLab) -> None:
    faults.inject(lab, "latency", "lte", ms=600, jitter_ms=0)
    slow = lab.call("box", lambda: ping("lte0", "1.1.1.1", 2))
    assert slow is not None
    assert 0.59 < slow < 0.75


def test_an_mtu_hole_lets_small_answers_through_and_hangs_large_ones(lab: WanLab) -> None:
    faults.inject(lab, "mtu", "fibre", size=1300)
    assert lab.call("box", lambda: ping("fibre0", "1.1.1.1", size=56))
    assert lab.call("box", lambda: ping("fibre0", "1.1.1.1", 0.3, size=1400)) is None
    assert lab.call("box", lambda: web("fibre0")) == "204"
    assert lab.call("box", lambda: web("fibre0", f"{seen.SITE}/bytes/100000")) == "TimeoutError"


def test_a_slow_line_still_answers(lab: WanLab) -> None:
    faults.inject(lab, "rate", "fibre", kbit=256)
    assert look(lab, "fibre") == GOOD


def test_a_box_bound_to_source_alone_hears_answers_that_come_back_elsewhere(lab: WanLab) -> None:
    faults.inject(lab, "asymmetric", "fibre")
    assert lab.run("box", "ping", "-c1", "-W0.4", "-I", "203.0.113.10", "1.1.1.1").returncode == 0


def test_flapping_ends_up(lab: WanLab) -> None:
    faults.inject(lab, "flap", "fibre", times=3, period_s=0.1)
    assert look_until(lab, "fibre", GOOD) == GOOD


@pytest.mark.parametrize(
    ("mode", "want"), [("servfail", "rcode2"), ("nxdomain", "rcode3"), ("drop", None), ("wrong", WRONG_ADDRESS)]
)
def test_dns_misbehaves_for_one_uplink(lab: WanLab, mode: str, want: str | None) -> None:
    faults.service(lab, uplink="lte", dns=mode)
    assert lab.call("box", lambda: dns("lte0")) == want
    assert lab.call("box", lambda: dns("fibre0")) == WEB


@pytest.mark.parametrize(
    ("mode", "want"), [("503", "503 fault"), ("hang", "TimeoutError"), ("reset", "ConnectionResetError")]
)
def test_http_misbehaves_for_one_uplink(lab: WanLab, mode: str, want: str) -> None:
    faults.service(lab, uplink="fibre", http=mode)
    assert lab.call("box", lambda: web("fibre0")) == want
    assert lab.call("box", lambda: web("bgp0")) == "204"


@pytest.mark.parametrize(
    ("path", "want"),
    [("endless", "TimeoutError"), ("drip", "TimeoutError"), ("garbage", "BadStatusLine"), ("redirect", "302")],
)
def test_hostile_paths_are_hostile(lab: WanLab, path: str, want: str) -> None:
    def fetch() -> str:
        began = time.monotonic()
        got = web("fibre0", f"{seen.SITE}/{path}") if path not in ("endless", "drip") else _reads_for_ever(path)
        assert time.monotonic() - began < 5
        return got

    assert lab.call("box", fetch) == want


def _reads_for_ever(path: str) -> str:
    """An endless body never lets a plain client go: read a little and give up."""
    with seen.bound("fibre0", socket.SOCK_STREAM) as sock:
        sock.connect((WEB, 80))
        sock.sendall(f"GET /{path} HTTP/1.1\r\nHost: web.lab.test\r\n\r\n".encode())
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if not sock.recv(65536):
                return "closed"
    return "TimeoutError"


def test_the_default_targets_answer_as_the_real_ones(lab: WanLab) -> None:
    urls = {
        "http://cp.cloudflare.com/generate_204": "204",
        "http://detectportal.firefox.com/success.txt": "200 success",
        "https://www.gstatic.com/generate_204": "204",
    }
    for url, want in urls.items():
        name = url.split("/")[2]
        address = SITES[name][0]
        assert lab.call("box", partial(web, "lte0", url, address=address, ca=lab.ca)) == want
        assert lab.call("box", partial(dns, "lte0", name=name)) == address
    assert lab.call("box", lambda: [ping("bgp0", target) is not None for target in PING_TARGETS]) == [True] * 3


def test_the_far_end_counts_what_it_is_asked(lab: WanLab) -> None:
    began, before = time.time(), lab.seen("bgp").get("up echo 8.8.8.8", 0)
    lab.call("box", lambda: (ping("bgp0", "8.8.8.8"), web("bgp0")))
    assert lab.seen("bgp")["up echo 8.8.8.8"] == before + 1
    assert [(r["peer"], r["host"]) for r in lab.requests(began)] == [("198.51.100.2", "web.lab.test")]


def test_a_gap_is_silent_for_its_time_only(lab: WanLab) -> None:
    lab.control("wire", name="fibre", gap_every_s=1.0, gap_s=0.5)
    answers = lab.call("box", lambda: [ping("fibre0", "1.1.1.1", 0.05) is not None for _ in range(60) if _pause(0.03)])
    assert 0.2 < answers.count(True) / 60 < 0.9


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return True


def test_one_target_can_be_filtered_alone(lab: WanLab) -> None:
    profiles.apply(lab, "one_target_filtered", "fibre")
    assert lab.call("box", lambda: [ping("fibre0", target, 0.3) is not None for target in PING_TARGETS]) == [
        True,
        True,
        False,
    ]


def test_a_busy_dsl_upload_queues(lab: WanLab) -> None:
    profiles.apply(lab, "dsl", "fibre")

    def load_and_ping() -> float | None:
        with seen.bound("fibre0", socket.SOCK_DGRAM) as sock:
            for _ in range(40):  # 56 kB at once: 450 ms at 1 Mbit/s
                sock.sendto(bytes(1400), ("1.1.1.1", 9))
        return ping("fibre0", "1.1.1.1", 2)

    busy = lab.call("box", load_and_ping)
    assert busy is not None
    assert busy > 0.3


def test_the_lan_reaches_the_internet_and_the_box(lab: WanLab) -> None:
    assert lab.run("lan", "ping", "-c1", "-W0.4", "1.1.1.1").returncode == 0
    assert lab.run("lan", "ping", "-c1", "-W0.4", LAN_BOX).returncode == 0


def test_two_labs_live_side_by_side_and_leave_nothing_behind(lab: WanLab) -> None:
    with WanLab() as other:
        faults.inject(other, "blackhole", "fibre")
        assert look(other, "fibre")["ping"] is False
        assert look(lab, "fibre") == GOOD
        folder, prefix = other.folder, other.prefix
    assert not folder.exists()
    assert prefix not in lab.run("box", "ip", "netns", "list").stdout


def test_a_stepped_clock_moves_for_its_process_alone(lab: WanLab) -> None:
    if reason := ClockStep.why_not():
        pytest.skip(reason)
    clock = ClockStep(lab.folder)
    clock.step_to(-86400)
    command = ["env", *(f"{k}={v}" for k, v in clock.environment.items()), "date", "+%s"]
    assert abs(int(lab.run("box", *command).stdout) + 86400 - time.time()) < 5
    assert os.environ.get("LD_PRELOAD") is None
