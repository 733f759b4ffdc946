"""Whether an interface carries so much that delay is its own traffic's doing: its users', or a throughput test's."""

from collections import deque
from math import inf
from pathlib import Path as FilePath

from ispstatus.model.uplink import Contract

LOADED_AT = 0.8
REMEMBER_S = 90.0
"""As long as quality's sample windows reach back: samples taken under load stay in them that long."""
DRAIN_S = 2.0
"""What a test has put into queues is gone so long after it."""


class LoadMeter:
    """Compares an interface's byte counters with the contract's bandwidth; without one only tests are load.

    Tests are told from another thread than the one that reads.
    """

    def __init__(self, device: str, contract: Contract, *, sys: FilePath = FilePath("/sys/class/net")) -> None:
        self._folder = sys / device / "statistics"
        self._limits = {"rx_bytes": contract.down_mbps, "tx_bytes": contract.up_mbps}
        self._last: dict[str, tuple[float, int]] = {}
        self._loaded: deque[float] = deque(maxlen=32)
        self._test = (inf, inf)

    def read(self, boot_s: float) -> None:
        """Look at the counters; call every few seconds."""
        for name, limit_mbps in self._limits.items():
            if limit_mbps is None:
                continue
            try:
                count = int((self._folder / name).read_text())
            except (OSError, ValueError):
                self._last.pop(name, None)
                continue
            before = self._last.get(name)
            self._last[name] = (boot_s, count)
            if before is not None and self._rate_mbps(before, (boot_s, count)) >= LOADED_AT * limit_mbps:
                self._loaded.append(boot_s)

    def is_loaded(self, boot_s: float) -> bool:
        """Whether a test runs, or any look in the last 90 s saw at least 80 % of the bandwidth."""
        return self.is_tested(boot_s) or (bool(self._loaded) and boot_s - self._loaded[-1] <= REMEMBER_S)

    # ------------------------------------------------------------ tests
    def begin_test(self, boot_s: float) -> None:
        """A throughput test fills the line from now on; any thread."""
        self._test = (boot_s, inf)

    def end_test(self, boot_s: float) -> None:
        """It has ended; any thread."""
        self._test = (self._test[0], boot_s + DRAIN_S)

    def is_tested(self, boot_s: float) -> bool:
        """Whether what left at ``boot_s`` met the last test: it says nothing about the line by itself."""
        begun_boot_s, until_boot_s = self._test
        return begun_boot_s <= boot_s < until_boot_s

    @staticmethod
    def _rate_mbps(before: tuple[float, int], after: tuple[float, int]) -> float:
        seconds = after[0] - before[0]
        return (after[1] - before[1]) * 8 / 1e6 / seconds if seconds > 0 else 0.0
