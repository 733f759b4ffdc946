"""Packet trains through real uplinks of the lab: the rate, loss and direction of a wire come back as numbers."""

import threading
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.model.net import LinkStatus
from ispstatus.model.net import Path as Way
from ispstatus.model.sample import Outcome
from ispstatus.model.settings import ReflectorServer
from ispstatus.probes.engine import Engine
from ispstatus.probes.train import TrainSample, probe_train
from ispstatus.reflector.server import Reflector
from tests.lab import faults
from tests.lab.netns import enter
from tests.lab.topology import WanLab, why_not
from tests.probes.driving import Driver
from tests.reflector.kit import ANY_PORTS, WAIT_S

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(why_not()), reason=str(why_not()))]

FAR = "1.1.1.1"
SEEN = ("203.0.113.0/24", "10.255.2.1/32", "198.51.100.0/29")
"""What the lab's three lines are seen as; the second is behind NAT."""


@pytest.fixture(scope="module")
def network() -> Iterator[WanLab]:
    with WanLab() as lab:
        yield lab


@pytest.fixture
def lab(network: WanLab) -> Iterator[WanLab]:
    yield network
    faults.heal(network)


@pytest.fixture(scope="module")
def port(network: WanLab) -> Iterator[int]:
    """Where a reflector in the lab's internet has its throughput responder."""
    settings = ReflectorServer(("0.0.0.0",), tuple(ip_network(text) for text in SEEN), ANY_PORTS)
    reflector = network.call("inet", lambda: Reflector(settings, Path("/nonexistent"), SYSTEM, lambda: True))
    thread = threading.Thread(target=reflector.run)
    thread.start()
    yield reflector.ports["throughput"]
    reflector.stop()
    thread.join(WAIT_S)


@pytest.fixture(scope="module")
def driver(network: WanLab) -> Iterator[Driver]:
    """A running engine in the box."""
    engine = Engine(SYSTEM)
    engine.start()
    driver = Driver(engine)
    driver.on_engine(lambda: enter(Path("/run/netns") / network.ns("box")))
    yield driver
    engine.stop()


def through(lab: WanLab, driver: Driver, name: str, port: int) -> TrainSample:
    """Test one uplink."""
    line = lab.lines[name]
    way = Way(line.number, 4, line.device, LinkStatus.UP, 1, source=line.source, has_default=True)
    probe: Any = lambda done: probe_train(driver.engine, way, FAR, port, done=done)  # noqa: E731
    sample: TrainSample = driver.hear(probe)
    return sample


@pytest.mark.parametrize("uplink", ["fibre", "lte", "bgp"])
@pytest.mark.parametrize(("down", "up"), [(2, 10), (10, 2), (50, 5), (5, 50)])
def test_each_direction_shows_its_own_rate_within_a_fifth(
    lab: WanLab, driver: Driver, port: int, uplink: str, down: int, up: int
) -> None:
    faults.inject(lab, "rate", uplink, kbit=down * 1000)
    faults.inject(lab, "rate_up", uplink, kbit=up * 1000)

    sample = through(lab, driver, uplink, port)

    assert sample.outcome is Outcome.OK
    assert sample.down.bps == pytest.approx(down * 1e6, rel=0.2)
    assert sample.up.bps == pytest.approx(up * 1e6, rel=0.2)
    assert (sample.down.lost, sample.up.lost) == (0, 0)


@pytest.mark.parametrize(("direction", "loses_up"), [(0, True), (1, False)])
def test_a_loss_is_told_of_the_direction_it_happened_in(
    lab: WanLab, driver: Driver, port: int, direction: int, loses_up: bool
) -> None:
    faults.inject(lab, "loss", "fibre", pct=20, direction=direction)

    tests = (through(lab, driver, "fibre", port) for _ in range(5))
    sample = next(test for test in tests if test.outcome is Outcome.OK)  # what arranges a train may be lost as well

    lossy, sound = (sample.up, sample.down) if loses_up else (sample.down, sample.up)
    assert lossy.sent
    assert lossy.lost == pytest.approx(0.2 * lossy.sent, abs=0.1 * lossy.sent)
    assert sound.lost == 0


def test_a_dead_uplink_is_silent_and_its_neighbour_is_not(lab: WanLab, driver: Driver, port: int) -> None:
    faults.inject(lab, "blackhole", "lte")

    assert through(lab, driver, "lte", port).outcome is Outcome.SILENT
    assert through(lab, driver, "fibre", port).outcome is Outcome.OK
