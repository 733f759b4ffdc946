"""A few echoes to one target: the first answer ends them. Lives on the engine thread."""

from collections.abc import Callable

from ispstatus.decide.cadence import ECHO_PAYLOAD_BYTES
from ispstatus.model.net import Path
from ispstatus.model.sample import EchoSample, Outcome
from ispstatus.probes.contract import Handle
from ispstatus.probes.echo import probe_echo
from ispstatus.probes.engine import Engine, Timer

SPACING_S = 0.5


class EchoSeries:
    """Sends up to ``count`` echoes, 0.5 s apart; one answer makes the target ok."""

    def __init__(  # noqa: PLR0913  a series is what it is told
        self,
        engine: Engine,
        path: Path,
        address: str,
        network: str,
        *,
        count: int,
        timeout_s: float,
        done: Callable[[], None],
        sent_before: int = 0,
        payload_bytes: int = ECHO_PAYLOAD_BYTES,
    ) -> None:
        """``sent_before`` echoes went unanswered already and count as sent."""
        self._engine = engine
        self._path = path
        self._address = address
        self._network = network
        self._count = count
        self._timeout_s = timeout_s
        self._done = done
        self.sent = sent_before
        self._payload_bytes = payload_bytes
        self.launched = 0
        """Echoes of this series itself."""
        self._unheard = count
        self._answer: EchoSample | None = None
        self._worst: EchoSample | None = None
        self._timer: Timer | None = None
        self._open: list[Handle] = []
        self.is_over = False

    def start(self) -> None:
        """Send the first echo."""
        self._timer = None
        self.launched += 1
        if self.launched < self._count:
            self._timer = self._engine.at(self._engine.clock.boot() + SPACING_S, self.start)
        self._open.append(
            probe_echo(
                self._engine,
                self._path,
                self._address,
                timeout_s=self._timeout_s,
                done=self._hear,
                network=self._network,
                payload_bytes=self._payload_bytes,
            )
        )

    def cancel(self) -> None:
        """Send and hear nothing more."""
        self.is_over = True
        if self._timer is not None:
            self._timer.cancel()
        for handle in self._open:
            handle.cancel()

    @property
    def has_spoken(self) -> bool:
        """Whether there is anything to say about this target yet."""
        return self.is_over

    @property
    def answered_sent_boot_s(self) -> float | None:
        """When the answered echo left."""
        return self._answer.sent_boot_s if self._answer else None

    @property
    def rtt_ms(self) -> float | None:
        """The answer's round trip."""
        return self._answer.rtt_ms if self._answer else None

    def sample(self) -> EchoSample:
        """Return what these echoes amount to; meaningful once ``has_spoken``."""
        heard = self._answer or self._worst
        if heard is None:
            return EchoSample(self._address, self._network, Outcome.UNMEASURED, self.sent, 0, error="not sent")
        return EchoSample(
            target=self._address,
            network=self._network,
            outcome=heard.outcome,
            sent=self.sent,
            received=1 if self._answer else 0,
            rtt_ms=heard.rtt_ms,
            error=heard.error,
            sent_boot_s=heard.sent_boot_s,
            answered_sent_boot_s=self.answered_sent_boot_s,
        )

    def _hear(self, sample: EchoSample) -> None:
        if self.is_over:
            return
        self._unheard -= 1
        if sample.outcome.is_measured:
            self.sent += 1
        if sample.outcome is Outcome.OK:
            self._answer = sample
        elif self._worst is None or not self._worst.outcome.is_measured:
            self._worst = sample
        if self._answer is not None or self._unheard == 0:
            self.cancel()
            self._done()
