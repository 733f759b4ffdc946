"""The echo part of a cycle by itself, driven straight at the probes: one engine, no names, no verdict."""

import threading
import time
from collections.abc import Sequence

from ispstatus.clock import SYSTEM
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine
from tests.benchmarks.netlab import TARGETS, NetLab

TIMEOUT_S = 1.0


class EchoRound:
    """Gateway and three targets through each uplink, all at once."""

    def __init__(self, lab: NetLab, numbers: Sequence[int]) -> None:
        """Call inside the lab's near namespace: the engine's thread inherits it."""
        paths = [lab.path(number) for number in numbers]
        self._echoes = [(path, address) for path in paths for address in (lab.gateway(path.uplink_id), *TARGETS[4])]
        self._engine = Engine(SYSTEM)
        self._engine.start()
        self._done = threading.Event()
        self._open = self._failures = 0

    def run(self) -> tuple[float, int]:
        """Run one round; return CPU seconds of this process and how many echoes were not answered."""
        self._done.clear()
        self._failures = 0
        cpu_s = time.process_time()
        self._engine.post(self._start)
        self._done.wait(30.0)
        return time.process_time() - cpu_s, self._failures

    def close(self) -> None:
        """Free everything."""
        self._engine.stop()

    def _start(self) -> None:
        self._open = len(self._echoes)
        for path, address in self._echoes:
            probe_echo(self._engine, path, address, timeout_s=TIMEOUT_S, done=self._hear)

    def _hear(self, sample: EchoSample) -> None:
        self._failures += sample.outcome is not Outcome.OK
        self._open -= 1
        if self._open == 0:
            self._done.set()
