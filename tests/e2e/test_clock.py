"""The wall clock steps; probing, verdicts and the record do not."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.worlds import DOWN, NAMES, UP, World, name_uplinks
from tests.lab import faults
from tests.lab.clockstep import ClockStep
from tests.lab.daemon import Daemon, Watch
from tests.lab.topology import WanLab

pytestmark = pytest.mark.skipif(bool(ClockStep.why_not()), reason=str(ClockStep.why_not()))


@contextlib.contextmanager
def stepping(tmp_path: Path, offset_s: float = 0.0) -> Iterator[tuple[World, ClockStep]]:
    clock = ClockStep(tmp_path)
    clock.step_to(offset_s)
    with WanLab() as lab, Daemon(lab, tmp_path / "state", name_uplinks(), environment=clock.environment) as daemon:
        daemon.wait_until_up(NAMES, within_s=20)
        yield World(lab, daemon), clock


@pytest.mark.parametrize("step_s", [-3600, 3600], ids=["back", "forward"])
@pytest.mark.beside
def test_a_step_of_an_hour_changes_no_verdict(tmp_path: Path, step_s: int) -> None:
    with stepping(tmp_path) as (world, clock):
        daemon = world.daemon
        with Watch(daemon, NAMES) as watch:
            clock.step_to(step_s)
            time.sleep(3)
            check_still_measuring(world)
        assert all(watch.verdicts(name) == [(UP, "ok")] for name in NAMES)
        assert "step" in str(daemon.get("/api/health").json["clock"])
        faults.inject(world.lab, "blackhole", "fibre")
        daemon.wait_for("fibre", DOWN, "no_external", within_s=8, ask_every_s=None)
        faults.heal(world.lab, "fibre")
        daemon.wait_for("fibre", UP, "ok", within_s=6, ask_every_s=None)
        (outage,) = daemon.get("/api/outages?range=24h").json["outages"]
        assert 1 <= outage["duration_s"] < 15


def check_still_measuring(world: World) -> None:
    """Fresh evidence, no negative or impossible round trip, and the stream goes on."""
    before = {name: world.lab.seen(name)["up echo 1.1.1.1"] for name in NAMES}
    for _ in range(2):
        for uplink in world.daemon.status(cached=False)["uplinks"]:
            assert (uplink["state"], uplink["state_reason"]) == (UP, "ok")
            assert 0 <= uplink["age_ms"] < 10_000
            for ping in uplink["ping"]:
                assert 0 < ping["rtt_ms"] < 1000
            for http in uplink["http"]:
                assert 0 < http["ms"] < 4000
        time.sleep(5.2)
    assert all(world.lab.seen(name)["up echo 1.1.1.1"] > before[name] for name in NAMES)


@pytest.mark.beside
def test_a_clock_that_falls_to_1970_and_comes_back_leaves_no_absurd_record(tmp_path: Path) -> None:
    with stepping(tmp_path) as (world, clock):
        clock.step_to(-time.time() + 100)
        time.sleep(2)
        check_still_measuring(world)
        clock.step_to(0)
        time.sleep(2)
        check_still_measuring(world)
        answer = world.daemon.get("/api/outages?range=90d").json
        assert answer["outages"] == []
        (oldest, *_) = world.daemon.get("/api/history?range=24h&name=fibre").json["points"]
        assert abs(oldest["ts"] - (time.time() - 86400)) < 1000


@pytest.mark.beside
def test_a_boot_in_1970_judges_at_once_and_records_when_the_time_is_known(tmp_path: Path) -> None:
    with stepping(tmp_path, offset_s=-time.time() + 60) as (world, clock):
        check_still_measuring(world)
        clock.step_to(0)
        faults.inject(world.lab, "carrier_down", "lte")
        world.daemon.wait_for("lte", DOWN, "no_carrier", within_s=5)
        time.sleep(2.5)
        (outage,) = world.daemon.get("/api/outages?range=24h").json["outages"]
        assert outage["started_utc"].startswith(time.strftime("%Y", time.gmtime()))
