"""Throughput end to end: the line's rate comes back, metered and dead uplinks are spared, quality does not suffer."""

import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.settings import ReflectorServer
from ispstatus.reflector.server import Reflector
from tests.e2e.worlds import name_uplinks
from tests.lab import faults
from tests.lab.daemon import Daemon
from tests.lab.topology import WanLab
from tests.reflector.kit import ANY_PORTS, WAIT_S

pytestmark = pytest.mark.beside

FAR = "1.1.1.1"
SEEN = ("203.0.113.0/24", "10.255.2.1/32", "198.51.100.0/29")
DOWN, UP = 5.0, 2.0
IPERF_PORT = 12501
ROUND_S = 20.0
"""The calendar looks so often, and starts one test each time."""

Rows = dict[tuple[str, str], tuple[float | None, float | None]]
"""Uplink and method to what came down and up, Mbit/s."""


@contextmanager
def far_end(lab: WanLab) -> Iterator[Reflector]:
    """A reflector in the lab's internet."""
    settings = ReflectorServer(("0.0.0.0",), tuple(ip_network(text) for text in SEEN), ANY_PORTS)
    reflector = lab.call("inet", lambda: Reflector(settings, Path("/nonexistent"), SYSTEM, lambda: True))
    thread = threading.Thread(target=reflector.run)
    thread.start()
    try:
        yield reflector
    finally:
        reflector.stop()
        thread.join(WAIT_S)


@contextmanager
def iperf_server(lab: WanLab) -> Iterator[None]:
    """A real iperf3 server in the lab's internet."""
    command = ("iperf3", "-s", "-p", str(IPERF_PORT), "-B", FAR)  # else UDP is answered from another of its addresses
    with lab.popen("inet", *command, over={}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def configured(reflector: Reflector, throughput: str = "", **extra: str) -> str:
    ports = f"{{ throughput = {reflector.ports['throughput']}, iperf = {IPERF_PORT} }}"
    return f'[reflector]\nhost = "{FAR}"\nports = {ports}\n[throughput]\n{throughput}\n' + name_uplinks(extra=extra)


def stored_tests(state_dir: Path) -> Rows:
    """What is stored so far."""
    with closing(sqlite3.connect(f"file:{state_dir / 'ispstatus.db'}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT name, method, down_bps, up_bps FROM throughput JOIN uplink ON uplink.id = agent_id"
        ).fetchall()
    return {(name, method): (_mbps(down), _mbps(up)) for name, method, down, up in rows}


def _mbps(bps: int | None) -> float | None:
    return None if bps is None else bps / 1e6


def lifbe(daemon: Daemon, name: str) -> dict[str, Any]:
    """What the insight API tells of an uplink's packet trains."""
    agent_id = daemon.look(name).uplink["agent_id"]
    key = (daemon.state_dir / "insight.key").read_text().strip()
    reply = daemon.get(f"/api/v1/lifbe?customer_id=0&agent_id={agent_id}", headers={"x-api-key": key})
    assert reply.status == 200, reply.body
    answer: dict[str, Any] = reply.json
    return answer


def wait_for(state_dir: Path, *wanted: tuple[str, str], within_s: float) -> Rows:
    """Wait until these are stored; return everything that is."""
    deadline = time.monotonic() + within_s
    while not set(wanted) <= set(found := stored_tests(state_dir)):
        assert time.monotonic() < deadline, f"{wanted} not within {within_s} s, but {found}"
        time.sleep(0.5)
    return found


def test_trains_show_each_lines_rate_and_spare_metered_and_dead_lines(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    with WanLab() as lab, far_end(lab) as reflector:
        faults.inject(lab, "rate", "fibre", kbit=int(DOWN * 1000))
        faults.inject(lab, "rate_up", "fibre", kbit=int(UP * 1000))
        faults.inject(lab, "blackhole", "bgp")
        with Daemon(lab, state_dir, configured(reflector, lte="metered = true")) as daemon:
            rows = wait_for(state_dir, ("fibre", "train"), within_s=3 * ROUND_S)
            time.sleep(2 * ROUND_S)

            assert rows["fibre", "train"] == pytest.approx((DOWN, UP), rel=0.2)
            assert set(stored_tests(state_dir)) == {("fibre", "train")}
            assert daemon.look("fibre").verdict == (2, "ok")
            told = {name: lifbe(daemon, name) for name in ("fibre", "lte", "bgp")}
            assert (told["fibre"]["lifbeDownload"], told["fibre"]["lifbeUpload"]) == pytest.approx((DOWN, UP), rel=0.2)
            for spared in ("lte", "bgp"):
                assert (told[spared]["time"], told[spared]["lifbeDownload"], told[spared]["lifbeUpload"]) == (None,) * 3

            faults.heal(lab, "bgp")
            daemon.wait_for("bgp", 2, within_s=30)
            assert wait_for(state_dir, ("bgp", "train"), within_s=3 * ROUND_S)["bgp", "train"][0] is not None


@pytest.mark.skipif(shutil.which("iperf3") is None, reason="iperf3 is not installed")
def test_iperf3_and_the_web_show_the_lines_rate(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    with WanLab() as lab, far_end(lab) as reflector, iperf_server(lab):
        web = f"http://{FAR}:{reflector.ports['http']}"
        tests = f"""
trains_every_min = "off"
iperf_server = "reflector"
iperf_seconds = 5
iperf_udp_mbps = 8
web_download = "{web}/garbage?ckSize=100"
web_upload = "{web}/empty"
web_seconds = 4
"""
        faults.inject(lab, "rate", "fibre", kbit=int(DOWN * 1000))
        faults.inject(lab, "rate_up", "fibre", kbit=int(UP * 1000))
        with Daemon(lab, state_dir, configured(reflector, tests, lte="metered = true", bgp="metered = true")) as daemon:
            # A short TCP stream that shares its machine fills a slow line late.
            tolerances = {"iperf_tcp": 0.3, "iperf_udp": 0.2, "web": 0.3}
            methods = [("fibre", method) for method in tolerances]
            rows = wait_for(state_dir, *methods, within_s=8 * ROUND_S)

            assert set(rows) == set(methods)
            for row in methods:
                assert rows[row] == pytest.approx((DOWN, UP), rel=tolerances[row[1]]), daemon.log
            assert daemon.look("fibre").state == 2
