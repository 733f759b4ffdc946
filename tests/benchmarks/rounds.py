"""One round of our checks, driven straight at the probes. Whole cycles take its place by offering the same ``run``."""

import threading
import time
from collections.abc import Sequence
from itertools import cycle
from typing import Literal

from ispstatus.clock import SYSTEM
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample, HttpSample, Outcome
from ispstatus.model.uplink import HttpTarget
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine
from ispstatus.probes.http import probe_http
from tests.benchmarks.netlab import TARGETS, WEB, WEB_NAME, NetLab

ECHO_TIMEOUT_S = 1.0
ECHO_SPACING_S = 0.5
CONNECT_S = 1.5
HTTP_TOTAL_S = 4.0

Scheme = Literal["http", "https"]


class OurRound:
    """Gateway, three targets and two HTTP(S) requests through each uplink, all at once."""

    def __init__(self, lab: NetLab, numbers: Sequence[int], *, scheme: Scheme | None, echoes: int = 1) -> None:
        """Call inside the lab's near namespace: the engine's thread inherits it. ``scheme`` None: echoes only."""
        self._paths = [lab.path(number) for number in numbers]
        self._echo_targets = {path.uplink_id: (lab.gateway(path.uplink_id), *TARGETS[4]) for path in self._paths}
        self._http = [] if scheme is None else [HttpTarget(f"{scheme}://{WEB_NAME}/", "lab", 204) for _ in WEB]
        self._echoes = echoes
        self._engine = Engine(SYSTEM)
        self._engine.start()
        self._done = threading.Event()
        self._open = 0
        self._failures = 0
        self.longest_s = max(ECHO_TIMEOUT_S + ECHO_SPACING_S * (echoes - 1), CONNECT_S if scheme else 0.0)

    def run(self) -> tuple[float, int]:
        """Run one round; return CPU seconds of this process and how many checks were not ok."""
        self._done.clear()
        self._failures = 0
        cpu_s = time.process_time()
        self._engine.post(self._start)
        self._done.wait(30.0)
        return time.process_time() - cpu_s, self._failures

    def stop(self) -> None:
        """Free everything."""
        self._engine.stop()

    def _start(self) -> None:
        self._open = len(self._paths) * (4 * self._echoes + len(self._http))
        for path in self._paths:
            for target, address in zip(self._http, cycle(WEB), strict=False):
                probe_http(
                    self._engine,
                    path,
                    target,
                    address,
                    connect_timeout_s=CONNECT_S,
                    total_timeout_s=HTTP_TOTAL_S,
                    done=self._hear,
                )
        now = self._engine.clock.boot()
        self._burst()
        for number in range(1, self._echoes):
            self._engine.at(now + number * ECHO_SPACING_S, self._burst)

    def _burst(self) -> None:
        for path in self._paths:
            for address in self._echo_targets[path.uplink_id]:
                self._echo(path, address)

    def _echo(self, path: Path, address: str) -> None:
        probe_echo(self._engine, path, address, timeout_s=ECHO_TIMEOUT_S, done=self._hear)

    def _hear(self, sample: EchoSample | HttpSample) -> None:
        self._failures += sample.outcome is not Outcome.OK
        self._open -= 1
        if self._open == 0:
            self._done.set()
