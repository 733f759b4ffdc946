"""One throughput test: who is asked, the way there, the mark on the line, and what is told of failures."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.jobs import speedtest
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.speedtest import SpeedTester, iperf_server
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path, PathProof
from ispstatus.model.sample import DnsSample, Outcome
from ispstatus.model.settings import ThroughputSettings
from ispstatus.model.throughput import Flow, Method
from ispstatus.model.uplink import Contract, Reflector
from ispstatus.probes.engine import Engine
from ispstatus.probes.iperf import IperfSample, IperfTest, Kind
from ispstatus.probes.speed import SpeedSample, SpeedTest
from ispstatus.probes.train import TrainSample
from tests.helpers.make import a_path, an_uplink
from tests.jobs.living import a_live
from tests.jobs.office import the_box

FAR = Reflector("198.51.100.7", throughput_port=1, iperf_port=2)
GOOD = TrainSample(Outcome.OK, Flow(5e6, 10.0, 400, 0), Flow(2e6, 20.0, 400, 4))


class World:
    """What the tester meets: each probe answers as the test says, and notes what it was asked."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.live: LiveUplink = a_live(an_uplink(reflector=FAR), path=a_path())
        self.stopping = threading.Event()
        self.asked: list[Any] = []
        self.was_marked: list[bool] = []
        self.train = GOOD
        self.names: dict[str, str] = {}
        self.flows: dict[bool, IperfSample | SpeedSample] = {}
        self.unproven: str | None = None
        monkeypatch.setattr(speedtest, "probe_train", self._trains)
        monkeypatch.setattr(speedtest, "probe_dns", self._resolve)
        monkeypatch.setattr(speedtest, "measure_iperf", self._iperf)
        monkeypatch.setattr(speedtest, "measure_speed", self._speed)
        monkeypatch.setattr(speedtest, "link_resolvers", lambda _device: ("192.0.2.53",))
        monkeypatch.setattr(speedtest, "Prover", lambda: self)
        self.tester = SpeedTester(SYSTEM, engine, the_box, self.stopping)

    def run(self, method: Method = Method.TRAIN, **settings: Any) -> Any:
        return self.tester.run(self.live, method, ThroughputSettings(**settings))

    def prove(self, path: Path, targets: list[str], _generation: int) -> PathProof:
        bad = self.unproven in targets
        return PathProof(path.generation, not bad, (f"{self.unproven} leads elsewhere",) if bad else ())

    def _note(self, what: Any) -> None:
        self.asked.append(what)
        self.was_marked.append(self.live.stream.load.is_tested(SYSTEM.boot()))

    def _trains(self, engine: Engine, _path: Path, address: str, port: int, *, done: Callable[[Any], None]) -> None:
        self._note((address, port))
        engine.at(0.0, lambda: done(self.train))

    def _resolve(self, engine: Engine, _path: Path, resolver: str, target: Any, **more: Any) -> None:
        address = self.names.get(target.name)
        outcome = Outcome.OK if address and resolver != "192.0.2.53" else Outcome.FAILED
        sample = DnsSample(resolver, target.name, outcome, addresses=(address,) if address else ())
        engine.at(0.0, lambda: more["done"](sample))

    def _iperf(self, _path: Path, test: IperfTest, _stopping: threading.Event) -> Any:
        self._note(test)
        return self.flows[test.is_down]

    def _speed(self, _path: Path, test: SpeedTest, _clock: Any, _stopping: threading.Event) -> Any:
        self._note(test)
        return self.flows[test.is_down]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    engine = Engine(SYSTEM)
    engine.start()
    yield World(engine, monkeypatch)
    engine.stop()


def test_trains_go_to_the_uplinks_own_reflector_and_the_line_is_marked_meanwhile(world: World) -> None:
    result = world.run()

    assert (result.agent_id, result.method, result.server) == (1, Method.TRAIN, FAR.host)
    assert (result.down, result.up) == (GOOD.down, GOOD.up)
    assert world.asked == [(FAR.host, FAR.throughput_port)]
    assert world.was_marked == [True]
    assert not world.live.stream.load.is_tested(SYSTEM.boot() + 3.0)


@pytest.mark.parametrize("outcome", [Outcome.SILENT, Outcome.FAILED, Outcome.UNMEASURED])
def test_trains_without_an_answer_have_no_result_and_the_mark_ends(world: World, outcome: Outcome) -> None:
    world.train = TrainSample(outcome, error="the reflector does not answer")

    with pytest.raises(CannotMeasure, match="does not answer"):
        world.run()

    assert not world.live.stream.load.is_tested(SYSTEM.boot() + 3.0)


def test_a_name_is_looked_up_through_the_uplink_until_a_resolver_knows_it(world: World) -> None:
    world.live.uplink = replace(world.live.uplink, reflector=replace(FAR, host="far.example"))
    world.names["far.example"] = "198.51.100.9"

    assert world.run().server == "far.example"
    assert world.asked == [("198.51.100.9", FAR.throughput_port)]


def test_a_name_nobody_knows_is_no_measurement(world: World) -> None:
    world.live.uplink = replace(world.live.uplink, reflector=replace(FAR, host="far.example"))

    with pytest.raises(CannotMeasure, match=r"no resolver knows far\.example"):
        world.run()

    assert world.asked == []


def test_a_far_end_the_kernel_leads_elsewhere_is_never_asked(world: World) -> None:
    world.unproven = FAR.host

    with pytest.raises(CannotMeasure, match="leads elsewhere"):
        world.run()

    assert world.asked == []


def test_a_route_that_changes_meanwhile_spoils_the_result(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def trains(engine: Engine, *_: Any, done: Callable[[Any], None]) -> None:
        world.live.path = a_path(generation=99)
        engine.at(0.0, lambda: done(GOOD))

    monkeypatch.setattr(speedtest, "probe_train", trains)

    with pytest.raises(CannotMeasure, match="route changed"):
        world.run()


@pytest.mark.parametrize("path", [None, a_path(source=None)])
def test_an_uplink_without_a_way_out_is_left_alone(world: World, path: Path | None) -> None:
    world.live.path = path

    with pytest.raises(CannotMeasure, match="no way out"):
        world.run()


def test_a_stop_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speedtest, "probe_train", lambda *_, **__: world.stopping.set())

    with pytest.raises(CannotMeasure, match="stopped"):
        world.run()


def test_iperf_asks_both_directions_at_the_rates_of_the_contract(world: World) -> None:
    world.live.uplink = replace(world.live.uplink, contract=Contract(down_mbps=50.0))
    world.flows = {True: IperfSample(Outcome.OK, Flow(5e6)), False: IperfSample(Outcome.OK, Flow(2e6))}

    result = world.run(Method.IPERF_UDP, iperf_server="reflector", iperf_seconds=3, iperf_udp_mbps=8.0)

    assert world.asked == [
        IperfTest(FAR.host, FAR.iperf_port, Kind.UDP, is_down=True, seconds=3, udp_mbps=50.0),
        IperfTest(FAR.host, FAR.iperf_port, Kind.UDP, is_down=False, seconds=3, udp_mbps=8.0),
    ]
    assert (result.down.bps, result.up.bps) == (5e6, 2e6)


def test_one_direction_that_was_measured_is_kept(world: World) -> None:
    world.flows = {True: IperfSample(Outcome.FAILED, error="refused"), False: IperfSample(Outcome.OK, Flow(2e6))}

    result = world.run(Method.IPERF_TCP, iperf_server="198.51.100.9:5201")

    assert (result.server, result.down, result.up) == ("198.51.100.9", Flow(), Flow(2e6))


def test_neither_direction_is_no_result_and_says_why_once(world: World) -> None:
    missing = IperfSample(Outcome.UNMEASURED, error="iperf3 is not installed")
    world.flows = {True: missing, False: missing}

    with pytest.raises(CannotMeasure, match=r"^iperf3 is not installed$"):
        world.run(Method.IPERF_TCP, iperf_server="198.51.100.9:5201")

    assert len(world.asked) == 2


def test_a_busy_server_is_asked_again_for_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speedtest, "BUSY_WAIT_S", 0.0)
    busy = IperfSample(Outcome.UNMEASURED, error="iperf3: the server is busy", is_busy=True)
    world.flows = {True: IperfSample(Outcome.OK, Flow(5e6)), False: busy}

    result = world.run(Method.IPERF_TCP, iperf_server="198.51.100.9:5201")

    assert [test.is_down for test in world.asked] == [True, *[False] * speedtest.BUSY_TRIES]
    assert (result.down, result.up) == (Flow(5e6), Flow())


def test_the_web_is_asked_only_for_what_is_configured(world: World) -> None:
    world.flows = {True: SpeedSample(Outcome.OK, 9e6)}

    result = world.run(Method.WEB, web_download="http://198.51.100.9:8000/x", web_seconds=2)

    assert world.asked == [SpeedTest("http://198.51.100.9:8000/x", "198.51.100.9", 2, is_down=True)]
    assert (result.server, result.down, result.up) == ("198.51.100.9:8000", Flow(9e6), Flow())


def test_an_ipv6_server_stands_in_brackets() -> None:
    settings = ThroughputSettings(iperf_server="[2001:db8::1]:5201")

    assert iperf_server(an_uplink(), settings) == ("2001:db8::1", 5201)


@pytest.mark.parametrize("server", [None, "reflector"])
def test_without_a_server_there_is_no_iperf(server: str | None) -> None:
    with pytest.raises(CannotMeasure, match="configured"):
        iperf_server(an_uplink(), ThroughputSettings(iperf_server=server))
