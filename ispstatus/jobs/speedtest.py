"""One throughput test of one uplink: who is asked, whether the way there is the uplink's own, and what came of it.

Blocks for as long as the test lasts; runs on the thread of ``jobs.throughput``.
"""

import ipaddress
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar
from urllib.parse import urlsplit

from ispstatus.clock import Clock
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.planner import resolvers_of
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import NetSnapshot, Path
from ispstatus.model.sample import DnsSample, Outcome
from ispstatus.model.settings import ThroughputSettings
from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.model.uplink import Reflector, ResolveTarget, Uplink
from ispstatus.net.prove import Prover
from ispstatus.net.resolvers import link_resolvers
from ispstatus.probes.dns import probe_dns
from ispstatus.probes.engine import Engine
from ispstatus.probes.iperf import IperfSample, IperfTest, Kind, measure_iperf
from ispstatus.probes.speed import SpeedTest, measure_speed
from ispstatus.probes.train import TrainSample, probe_train

REFLECTOR = "reflector"
"""An iperf3 server's place that stands for each uplink's reflector."""

BUSY_TRIES = 5
BUSY_WAIT_S = 1.0

_DNS_S = 1.5
_ENGINE_S = 90.0
_LOOK_S = 0.2
_KINDS = {Method.IPERF_TCP: Kind.TCP, Method.IPERF_UDP: Kind.UDP}

_log = logging.getLogger(__name__)

S = TypeVar("S")


class SpeedTester:
    """Runs tests, one at a time."""

    def __init__(
        self, clock: Clock, engine: Engine, snapshot: Callable[[], NetSnapshot], stopping: threading.Event
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._snapshot = snapshot
        self._stopping = stopping
        self._prover = Prover()

    def close(self) -> None:
        """Free the netlink socket."""
        self._prover.close()

    def run(self, live: LiveUplink, method: Method, settings: ThroughputSettings) -> Throughput:
        """Test an uplink, marked as loaded meanwhile. CannotMeasure says why there is no result."""
        path = live.path
        if path is None or not path.is_usable:
            raise CannotMeasure("the uplink has no way out")
        live.stream.load.begin_test(self._clock.boot())
        begun_boot_s = self._clock.boot()
        try:
            server, down, up = self._measure(live.uplink, path, method, settings)
        finally:
            live.stream.load.end_test(self._clock.boot())
        if live.path is None or live.path.generation != path.generation:
            raise CannotMeasure("the route changed meanwhile")
        seconds = round(self._clock.boot() - begun_boot_s)
        return Throughput(live.uplink.id, method, int(self._clock.wall()), seconds, server, down, up)

    # ------------------------------------------------------------ the three ways
    def _measure(
        self, uplink: Uplink, path: Path, method: Method, settings: ThroughputSettings
    ) -> tuple[str, Flow, Flow]:
        if method is Method.TRAIN:
            return self._trains(uplink, path)
        if method is Method.WEB:
            return self._web(uplink, path, settings)
        return self._iperf(uplink, path, _KINDS[method], settings)

    def _trains(self, uplink: Uplink, path: Path) -> tuple[str, Flow, Flow]:
        reflector = _reflector_of(uplink)
        address = self._way_to(uplink, path, reflector.host)
        port = reflector.throughput_port

        def start(done: Callable[[TrainSample], None]) -> None:
            probe_train(self._engine, path, address, port, done=done)

        sample = self._on_engine(start, _ENGINE_S)
        if sample.outcome is not Outcome.OK:
            raise CannotMeasure(sample.error or sample.outcome.value)
        return reflector.host, sample.down, sample.up

    def _iperf(self, uplink: Uplink, path: Path, kind: Kind, settings: ThroughputSettings) -> tuple[str, Flow, Flow]:
        host, port = iperf_server(uplink, settings)
        address = self._way_to(uplink, path, host)
        flows, problems = [], []
        for is_down, promised_mbps in ((True, uplink.contract.down_mbps), (False, uplink.contract.up_mbps)):
            rate_mbps = promised_mbps or settings.iperf_udp_mbps
            test = IperfTest(address, port, kind, is_down, settings.iperf_seconds, rate_mbps)
            sample = self._once_free(path, test)
            flows.append(sample.flow)
            problems += [sample.error] if sample.error else []
        return host, *_whatever_there_is(flows, problems)

    def _once_free(self, path: Path, test: IperfTest) -> IperfSample:
        """Run a test as soon as the server has time for it, within a few seconds."""
        tries_left = BUSY_TRIES
        while True:
            sample = measure_iperf(path, test, self._stopping)
            tries_left -= 1
            if not sample.is_busy or not tries_left or self._stopping.wait(BUSY_WAIT_S):
                return sample

    def _web(self, uplink: Uplink, path: Path, settings: ThroughputSettings) -> tuple[str, Flow, Flow]:
        flows, problems = [], list[str]()
        for url, is_down in ((settings.web_download, True), (settings.web_upload, False)):
            if url is None:
                flows.append(Flow())
                continue
            address = self._way_to(uplink, path, urlsplit(url).hostname or "")
            test = SpeedTest(url, address, settings.web_seconds, is_down)
            sample = measure_speed(path, test, self._clock, self._stopping)
            flows.append(Flow(sample.bps))
            problems += [sample.error] if sample.error else []
        return urlsplit(settings.web_download or settings.web_upload or "").netloc, *_whatever_there_is(flows, problems)

    # ------------------------------------------------------------ the way there
    def _way_to(self, uplink: Uplink, path: Path, host: str) -> str:
        """Return a far end's address, found and proven through the uplink."""
        address = self._address_of(uplink, path, host)
        proof = self._prover.prove(path, [address], self._snapshot().generation)
        if not proof.is_proven:
            raise CannotMeasure("; ".join(proof.problems))
        return address

    def _address_of(self, uplink: Uplink, path: Path, host: str) -> str:
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            pass
        for resolver in resolvers_of(uplink, path, link_resolvers(path.device)):
            sample = self._ask(path, resolver.address, host)
            if sample.outcome is Outcome.OK:
                return sample.addresses[0]
        raise CannotMeasure(f"no resolver knows {host} through this uplink")

    def _ask(self, path: Path, resolver: str, name: str) -> DnsSample:
        def start(done: Callable[[DnsSample], None]) -> None:
            target = ResolveTarget(name)
            probe_dns(self._engine, path, resolver, target, timeout_s=_DNS_S, is_provider=False, done=done)

        return self._on_engine(start, _DNS_S + 1.0)

    def _on_engine(self, start: Callable[[Callable[[S], None]], None], within_s: float) -> S:
        """Run a probe on the engine's thread and wait for what it tells."""
        answer: Future[S] = Future()
        self._engine.post(lambda: start(answer.set_result))
        deadline = self._clock.boot() + within_s
        while not self._stopping.is_set() and self._clock.boot() < deadline:
            try:
                return answer.result(_LOOK_S)
            except NotYet:
                continue
        raise CannotMeasure("stopped" if self._stopping.is_set() else "the engine did not answer")


def iperf_server(uplink: Uplink, settings: ThroughputSettings) -> tuple[str, int]:
    """Return host and port of an uplink's iperf3 server. CannotMeasure when it has none."""
    if settings.iperf_server == REFLECTOR:
        reflector = _reflector_of(uplink)
        return reflector.host, reflector.iperf_port
    place = urlsplit(f"//{settings.iperf_server or ''}")
    if place.hostname is None or place.port is None:
        raise CannotMeasure("no iperf3 server is configured")
    return place.hostname, place.port


def _reflector_of(uplink: Uplink) -> Reflector:
    if uplink.reflector is None:
        raise CannotMeasure("no reflector is configured")
    return uplink.reflector


def _whatever_there_is(flows: list[Flow], problems: list[str]) -> tuple[Flow, Flow]:
    """Return both directions if either was measured; CannotMeasure says why neither was."""
    down, up = flows
    why = "; ".join(dict.fromkeys(problems))
    if down.bps is None and up.bps is None:
        raise CannotMeasure(why or "nothing came through")
    if why:
        _log.warning("throughput was measured in one direction alone: %s", why)
    return down, up
