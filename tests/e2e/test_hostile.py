"""A web server that means harm costs one check, never the daemon, its memory or the other uplinks."""

import time
from pathlib import Path

import pytest

from tests.e2e.worlds import DEGRADED, NAMES, UP, World, name_uplinks, open_world
from tests.lab.daemon import Watch

CYCLE_S = 4.0 + 0.8
RSS_MIB = 100


def hostile_config(*paths: str) -> str:
    targets = ", ".join(f'{{ url = "http://{path}.lab.test/{path}", status = 204 }}' for path in paths)
    return name_uplinks(extra={"fibre": f"http = [{targets}]\n"})


def rss_mib(pid: int) -> float:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1024


@pytest.mark.parametrize(
    "paths", [("endless", "drip", "bomb", "reset"), ("drip-head", "head", "garbage", "hang")], ids=["bodies", "heads"]
)
@pytest.mark.beside
def test_hostile_answers_fail_their_check_in_time(tmp_path: Path, paths: tuple[str, ...]) -> None:
    with open_world(tmp_path / "state", hostile_config(*paths)) as world:
        world.daemon.wait_until_up(["lte", "bgp"])
        with Watch(world.daemon, ["lte", "bgp"]) as watch:
            sight = world.daemon.wait_for("fibre", DEGRADED, "http_failed_ping_ok", within_s=10)
            assert [http["ok"] for http in sight.uplink["http"]] == [False] * 4
            assert all(http["error"] for http in sight.uplink["http"])
            assert answer_time_s(world) < CYCLE_S
        assert [watch.verdicts(name) for name in ("lte", "bgp")] == [[(UP, "ok")]] * 2
        assert rss_mib(world.daemon.pid) < RSS_MIB


def answer_time_s(world: World) -> float:
    time.sleep(5.1)
    began = time.monotonic()
    assert all(uplink["live"] for uplink in world.daemon.status(cached=False)["uplinks"])
    return time.monotonic() - began


@pytest.mark.beside
def test_a_redirect_to_another_host_is_interception(tmp_path: Path) -> None:
    with open_world(tmp_path / "state", hostile_config("redirect")) as world:
        world.daemon.wait_for("fibre", DEGRADED, "captive_portal", within_s=10)
        world.daemon.wait_until_up([name for name in NAMES if name != "fibre"])
