"""When an uplink last answered its stream, since when it does not, and every echo until its minute is collected."""

from collections.abc import Callable

from ispstatus.model.sample import EchoSample
from ispstatus.model.series import Protocol, Sample


class Trail:
    """What one stream leaves behind. Engine thread only."""

    def __init__(self, note: Callable[[Sample], None]) -> None:
        """``note`` hears of every echo as it is settled; a late reply changes it in place."""
        self._note = note
        self.last_good_boot_s: float | None = None
        """When the echo left that was answered last."""
        self.first_bad_boot_s: float | None = None
        self.gateway_boot_s: float | None = None
        self.gateway_rtt_ms: float | None = None
        self.is_silence_told = False
        self._echoes: list[Sample] = []

    def add(self, target: str, sent_boot_s: float, rtt_ms: float | None) -> None:
        """Remember an echo to a target that is vouched for; None is lost."""
        echo = Sample(Protocol.ICMP, target, sent_boot_s, rtt_ms)
        self._echoes.append(echo)
        self._note(echo)

    def cancel_loss(self, late: EchoSample) -> None:
        """The reply came after all: the packet was slow, not lost."""
        for echo in reversed(self._echoes):
            if echo.sent_boot_s == late.sent_boot_s and echo.target == late.target:
                echo.rtt_ms = late.rtt_ms
                break

    def answered(self, sent_boot_s: float) -> None:
        """An echo that left then was answered: the silence before it is over."""
        self.last_good_boot_s = max(sent_boot_s, self.last_good_boot_s or sent_boot_s)
        if self.first_bad_boot_s is not None and sent_boot_s >= self.first_bad_boot_s:
            self.first_bad_boot_s = None

    def take(self, before_boot_s: float) -> list[Sample]:
        """Hand over the echoes sent before ``before_boot_s``, oldest first, and forget them."""
        echoes = sorted(self._echoes, key=lambda echo: echo.sent_boot_s)  # they came as they were settled
        self._echoes = [echo for echo in echoes if echo.sent_boot_s >= before_boot_s]
        return [echo for echo in echoes if echo.sent_boot_s < before_boot_s]
