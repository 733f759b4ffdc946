"""Six protocols towards a far end in the internet: what a wire does to an uplink comes back as its numbers."""

import socket
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.jobs.board import Board
from ispstatus.jobs.sampling import Sampler
from ispstatus.jobs.tally import Tally
from ispstatus.jobs.tasks import tasks_of
from ispstatus.model.net import LinkStatus
from ispstatus.model.net import Path as Way
from ispstatus.model.series import Deltas, Protocol, Sample
from ispstatus.probes.engine import Engine
from ispstatus.store import samples, series
from ispstatus.store.db import open_reader
from tests.e2e.worlds import NAMES, name_uplinks
from tests.helpers.make import an_uplink
from tests.lab import faults
from tests.lab.daemon import Daemon
from tests.lab.far import FAR, FAR_ADDRESS, FAR_NAME, far_end
from tests.lab.netns import enter
from tests.lab.topology import WanLab, why_not
from tests.probes.certificates import needs_openssl

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(why_not()), reason=str(why_not())), needs_openssl]

ICMP, TCP, UDP, HTTP, HTTPS, TWAMP = (Protocol(name) for name in ("icmp", "tcp", "udp", "http", "https", "twamp"))
ONE_TRIP = (ICMP, TCP, UDP, HTTP, TWAMP)
UP, DOWN = 0, 1
EVERY_S = 0.3
SETTLE_S = 0.5
WATCHED_S = 4.0


@dataclass
class Sampling:
    """Three samplers in the lab's box."""

    lab: WanLab
    engine: Engine
    board: Board
    numbers: Mapping[str, int]

    def watch(self, seconds: float = WATCHED_S) -> dict[str, dict[Protocol, list[Sample]]]:
        """Return what each uplink measured from now on, by protocol."""
        time.sleep(SETTLE_S)
        since = SYSTEM.boot()
        time.sleep(seconds)
        until = SYSTEM.boot()
        time.sleep(3.1)  # then the last one sent is answered or lost
        return {name: self._between(number, since, until) for name, number in self.numbers.items()}

    def _between(self, number: int, since: float, until: float) -> dict[Protocol, list[Sample]]:
        found: dict[Protocol, list[Sample]] = {protocol: [] for protocol in Protocol}
        for sample in self.board.latest(number).samples:
            if since <= sample.sent_boot_s <= until:
                found[sample.protocol].append(sample)
        return found

    def deltas(self, name: str) -> Deltas:
        """Return the newest deltas of an uplink."""
        deltas = self.board.latest(self.numbers[name]).deltas
        assert deltas is not None
        return deltas


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WanLab]:
    with WanLab() as lab, far_end(lab, tmp_path_factory.mktemp("far")):
        yield lab


@pytest.fixture(scope="module")
def sampling(network: WanLab) -> Iterator[Sampling]:
    engine = Engine(SYSTEM)
    engine.start()
    engine.post(lambda: enter(Path("/run/netns") / network.ns("box")))
    board = Board(SYSTEM)
    numbers = {name: number for number, name in enumerate(NAMES, 1)}
    uplink = an_uplink(reflector=FAR)
    tasks = tuple(replace(task, every_s=EVERY_S) for task in tasks_of(uplink, 4, {FAR_NAME: FAR_ADDRESS}, 1.0))
    for name, number in numbers.items():
        sampler, way = Sampler(number, engine, board, Tally()), way_of(network, name, number)
        sampler.tell_aim(way, tasks, {})
    yield Sampling(network, engine, board, numbers)
    engine.stop()


def way_of(lab: WanLab, name: str, number: int) -> Way:
    """Return how an uplink leaves the box."""
    line = lab.lines[name]
    ifindex = lab.call("box", lambda: socket.if_nametoindex(line.device))
    return Way(number, 4, line.device, LinkStatus.UP, 1, ifindex, line.source, line.gateway, has_default=True)


@pytest.fixture
def here(sampling: Sampling) -> Iterator[Sampling]:
    yield sampling
    faults.heal(sampling.lab)


def usual(found: list[Sample]) -> float:
    """Return the lower quartile of the round trips: what a busy machine adds is not the wire's. Nothing may be lost."""
    rtts = [sample.rtt_ms for sample in found if sample.rtt_ms is not None]
    assert len(rtts) == len(found) >= WATCHED_S / EVERY_S - 2
    return statistics.quantiles(rtts, n=4)[0]


def about(delay_ms: float) -> object:
    """What a wire's delay must come back as: within 1 ms and 2 %."""
    return pytest.approx(delay_ms, rel=0.02, abs=0.02 * delay_ms + 1.0)


@pytest.mark.parametrize("delay_ms", [0, 20, 150])
def test_a_wires_delay_is_seen_by_every_protocol_of_its_uplink_and_of_no_other(here: Sampling, delay_ms: int) -> None:
    here.lab.control("wire", name="fibre", direction=DOWN, delay_ms=delay_ms)
    seen = here.watch()

    assert {p: usual(seen["fibre"][p]) for p in ONE_TRIP} == {p: about(delay_ms) for p in ONE_TRIP}
    assert usual(seen["fibre"][HTTPS]) == pytest.approx(2 * delay_ms, rel=0.02, abs=9.0)  # and some cryptography
    for other in ("lte", "bgp"):
        assert {p: usual(seen[other][p]) for p in ONE_TRIP} == {p: about(0) for p in ONE_TRIP}


@pytest.mark.parametrize(("up_ms", "down_ms"), [(40, 5), (5, 40)])
def test_twamp_sees_each_direction_by_itself_and_the_three_parts_add_up(
    here: Sampling, up_ms: int, down_ms: int
) -> None:
    here.lab.control("wire", name="bgp", direction=UP, delay_ms=up_ms)
    here.lab.control("wire", name="bgp", direction=DOWN, delay_ms=down_ms)
    seen, deltas = here.watch(), here.deltas("bgp")

    assert deltas.forward_ms == pytest.approx(up_ms, rel=0.02, abs=3.0)
    assert deltas.reverse_ms == pytest.approx(down_ms, rel=0.02, abs=3.0)
    assert usual(seen["bgp"][TWAMP]) == about(up_ms + down_ms)
    assert abs(here.deltas("fibre").forward_ms) < 3.0


def test_three_uplinks_with_three_faults_never_mix(here: Sampling) -> None:
    here.lab.control("wire", name="fibre", direction=UP, delay_ms=80)
    faults.inject(here.lab, "loss", "lte", pct=40)
    faults.inject(here.lab, "blackhole", "bgp")
    seen = here.watch(8.0)

    assert {p: usual(seen["fibre"][p]) for p in ONE_TRIP} == {p: about(80) for p in ONE_TRIP}
    for protocol in (ICMP, UDP, TWAMP):
        lost = [sample for sample in seen["lte"][protocol] if sample.rtt_ms is None]
        assert 0.2 < len(lost) / len(seen["lte"][protocol]) < 0.95  # forward or in reverse
        answered = [sample.rtt_ms for sample in seen["lte"][protocol] if sample.rtt_ms is not None]
        assert min(answered) == about(0)
    for protocol in Protocol:
        assert len(seen["bgp"][protocol]) >= 20
        assert all(sample.rtt_ms is None for sample in seen["bgp"][protocol])


def test_a_line_that_comes_back_is_measured_again_by_every_protocol(here: Sampling) -> None:
    faults.inject(here.lab, "blackhole", "fibre")
    time.sleep(1.0)
    faults.heal(here.lab)
    time.sleep(4.0)
    seen = here.watch()

    assert {p: usual(seen["fibre"][p]) for p in ONE_TRIP} == {p: about(0) for p in ONE_TRIP}
    assert all(sample.rtt_ms is not None for sample in seen["fibre"][HTTPS])


@pytest.mark.beside
def test_the_daemon_samples_the_far_end_by_its_name_and_stores_it_with_the_minute(tmp_path: Path) -> None:
    config = f'[reflector]\nhost = "{FAR_NAME}"\n[insight]\nevery_s = {{ https = -1, tcp = 2 }}\n{name_uplinks()}'
    with WanLab() as lab, far_end(lab, tmp_path / "far"):
        lab.control("wire", name="lte", direction=UP, delay_ms=50)
        with Daemon(lab, tmp_path / "state", config) as daemon:
            daemon.wait_until_up(NAMES)
            key = (tmp_path / "state" / "insight.key").read_text().strip()
            wait_for_connectivity(daemon, key, {"1": 0, "2": 50, "3": 0})
            stored = wait_for_samples(tmp_path / "state" / "ispstatus.db", least=6)

    for number in (1, 2, 3):
        assert set(stored[number]) == {ICMP, TCP, UDP, HTTP, TWAMP}
        expected = 50 if number == 2 else 0
        for rtts in stored[number].values():
            assert None not in rtts
            assert min(rtts) / 1000 == pytest.approx(expected, rel=0.02, abs=2.0)


def wait_for_connectivity(daemon: Daemon, key: str, delays_ms: Mapping[str, float]) -> None:
    """Wait until the Insight API tells each agent's delay for every protocol: a mean of 10 s forgives no hiccup."""
    names = ("tcpMs", "udpMs", "httpMs", "icmpMs", "twampMs")
    expected = {
        number: {name: pytest.approx(delay_ms, rel=0.02, abs=5.0) for name in names}
        for number, delay_ms in delays_ms.items()
    }
    deadline = time.monotonic() + 60.0
    while True:
        figures = {number: _ask_connectivity(daemon, key, number) for number in delays_ms}
        told = {number: {name: figures[number][name] for name in names} for number in delays_ms}
        if told == expected:
            return
        assert time.monotonic() < deadline, told
        time.sleep(1.0)


def _ask_connectivity(daemon: Daemon, key: str, number: str) -> dict[str, float | None]:
    reply = daemon.get(f"/api/v1/ci?customer_id=0&agent_id={number}", headers={"x-api-key": key})
    assert reply.status == 200, reply.body
    assert reply.json["windowSeconds"]["https"] == 600  # not sampled: the minute's check, each fifth minute
    figures: dict[str, float | None] = reply.json["KPIs"]
    return figures


def wait_for_samples(database: Path, least: int) -> dict[int, dict[Protocol, list[int]]]:
    """Return the stored round trips to our far end, by uplink and protocol, once there are so many of each."""
    deadline = time.monotonic() + 130.0
    while True:
        found = stored_samples(database)
        if found and all(len(rtts) >= least for protocols in found.values() for rtts in protocols.values()):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(1.0)


def stored_samples(database: Path) -> dict[int, dict[Protocol, list[int]]]:
    """Read them."""
    db = open_reader(database)
    found: dict[int, dict[Protocol, list[int]]] = {}
    for number in (1, 2, 3):
        own = [one for one in series.of_agent(db, number) if one.is_own]
        for one in own:
            now_ts = int(SYSTEM.wall()) // 60 * 60
            rows = samples.runs_between(db, [one.id], now_ts - 600, now_ts + 60)
            found.setdefault(number, {}).setdefault(one.protocol, []).extend(rtt for row in rows for rtt in row[3])
    db.close()
    return found
