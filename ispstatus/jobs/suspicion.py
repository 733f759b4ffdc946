"""From one unanswered echo to "silent": two bursts to every target, then the cycle decides.

Lives on the engine thread. One suspicion at a time per uplink; any answer ends it.
"""

from collections.abc import Callable, Mapping

from ispstatus.decide.suspicion import burst_timeout_s
from ispstatus.jobs.tally import Tally
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.probes.contract import Handle
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine, Timer

REPEAT_AFTER_S = 0.4
BURSTS = 2


class Suspicion:
    """Asks every target twice whether the uplink is silent."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        targets: Mapping[str, float | None],
        on_silent: Callable[[Mapping[str, int]], None],
        on_answer: Callable[[EchoSample], None],
        tally: Tally,
    ) -> None:
        """``targets`` maps each address to its p99 in milliseconds (None until learnt)."""
        self._engine = engine
        self._path = path
        self._targets = targets
        self._on_silent = on_silent
        self._on_answer = on_answer
        self._tally = tally
        self._sent = dict.fromkeys(targets, 0)
        self._bursts = 0
        self._burst_boot_s = 0.0
        self._open: list[Handle] = []
        self._waiting = 0
        self._timer: Timer | None = None
        self._is_over = False

    def start(self) -> None:
        """Send the first burst."""
        self._bursts += 1
        self._burst_boot_s = self._engine.clock.boot()
        self._waiting = len(self._targets)
        self._tally.add(self._path.family, echoes=self._waiting)
        self._open = [
            probe_echo(self._engine, self._path, address, timeout_s=burst_timeout_s(p99_ms), done=self._hear)
            for address, p99_ms in self._targets.items()
        ]

    def cancel(self) -> None:
        """Stop asking; neither callback will be called."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        for handle in self._open:
            handle.cancel()

    def _hear(self, sample: EchoSample) -> None:
        if self._is_over:
            return
        if sample.outcome is Outcome.OK:
            self.cancel()
            self._on_answer(sample)
            return
        if sample.outcome.is_measured:
            self._sent[sample.target] += 1
        self._waiting -= 1
        if self._waiting == 0:
            self._burst_ended()

    def _burst_ended(self) -> None:
        if self._bursts < BURSTS:
            self._timer = self._engine.at(self._burst_boot_s + REPEAT_AFTER_S, self.start)
            return
        self.cancel()
        self._on_silent({address: sent for address, sent in self._sent.items() if sent})
