"""A stopped or starved daemon does not know; it never blames an uplink for that."""

import signal
import time
from pathlib import Path

import pytest

from tests.e2e.worlds import NAMES, UNKNOWN, UP, open_world
from tests.lab.daemon import Daemon, Watch

HARMLESS = {UP, UNKNOWN}


@pytest.mark.beside
def test_a_stop_of_twenty_seconds_gives_unknown_only(tmp_path: Path) -> None:
    stopped_for(20, tmp_path)


@pytest.mark.slow
@pytest.mark.beside
def test_a_stop_of_three_minutes_gives_unknown_only(tmp_path: Path) -> None:
    stopped_for(180, tmp_path)


def stopped_for(seconds: float, tmp_path: Path) -> None:
    with open_world(tmp_path / "state") as world:
        daemon, began = world.daemon, time.time()
        daemon.wait_until_up(NAMES)
        time.sleep(2)
        daemon.signal(signal.SIGSTOP)
        time.sleep(seconds)
        with Watch(daemon, NAMES, every_s=0.02) as watch:
            daemon.signal(signal.SIGCONT)
            time.sleep(3)
            daemon.wait_until_up(NAMES, within_s=15)
        for name in NAMES:
            assert {state for state, _ in watch.verdicts(name)} <= HARMLESS, watch.verdicts(name)
        assert daemon.get("/api/outages?range=24h").json["total"] == 0
        # The stopped seconds are unknown in the books, not up.
        sla = daemon.get(f"/api/sla?name={NAMES[0]}&{period()}").json
        assert sla["down_s"] == 0
        assert sla["up_s"] <= time.time() - began + 15 - seconds  # it was started at most that much before


def period() -> str:
    """The last hour, as /api/sla takes it."""
    now = int(time.time())
    fmt = "%Y-%m-%dT%H:%M:%SZ"
    start, end = (time.strftime(fmt, time.gmtime(at)) for at in (now - 3600, now))
    return f"from={start}&to={end}"


@pytest.mark.beside
def test_short_stops_in_the_middle_of_probes_blame_nobody(tmp_path: Path) -> None:
    with open_world(tmp_path / "state") as world:
        world.daemon.wait_until_up(NAMES)
        with Watch(world.daemon, NAMES) as watch:
            for stop_s in (0.3, 0.6, 1.0, 1.5, 2.2, 0.4, 3.0):
                world.daemon.signal(signal.SIGSTOP)
                time.sleep(stop_s)
                world.daemon.signal(signal.SIGCONT)
                time.sleep(0.35)
            time.sleep(2)
    assert all(state in HARMLESS for name in NAMES for state, _ in watch.verdicts(name)), watch.trails


@pytest.mark.beside
def test_a_daemon_with_a_twentieth_of_a_processor_blames_nobody(tmp_path: Path) -> None:
    with open_world(tmp_path / "state") as world:
        world.daemon.wait_until_up(NAMES)
        with Watch(world.daemon, NAMES, every_s=1.0) as watch:
            starve(world.daemon, for_s=20.0)
            world.daemon.wait_until_up(NAMES, within_s=20)
    assert all(state in HARMLESS for name in NAMES for state, _ in watch.verdicts(name)), watch.trails


def starve(daemon: Daemon, for_s: float) -> None:
    """Let it run 20 ms of each 400 ms."""
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        daemon.signal(signal.SIGSTOP)
        time.sleep(0.38)
        daemon.signal(signal.SIGCONT)
        time.sleep(0.02)
