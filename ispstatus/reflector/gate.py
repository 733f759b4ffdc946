"""Who is answered, and how much: the allow-list and the caps, which every service asks first."""

import logging
from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from ispstatus.clock import Clock
from ispstatus.model.settings import Network, ReflectorCaps
from ispstatus.reflector.bounded import Recent

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
MOST_SOURCES = 4096
MOST_CONNECTIONS_PER_S = 200
"""New TCP connections of one source, of all five times as many; a TLS handshake costs more than all else."""

_HOUR_S = 3600.0
_MB = 1_000_000
_REPORT_EVERY_S = 60.0
_V6_SOURCE_BITS = 64

_log = logging.getLogger(__name__)


class Bucket:
    """A token bucket: fills evenly, holds at most what ``burst`` says, starts full."""

    __slots__ = ("_at_boot_s", "_burst", "_per_s", "_tokens")

    def __init__(self, per_s: float, burst: float, now_boot_s: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._tokens, self._at_boot_s = burst, now_boot_s

    def holds(self, amount: float, now_boot_s: float) -> bool:
        """Return whether so much may be taken now."""
        self._tokens = min(self._burst, self._tokens + (now_boot_s - self._at_boot_s) * self._per_s)
        self._at_boot_s = now_boot_s
        return self._tokens >= amount

    def take(self, amount: float) -> None:
        """Take what ``holds`` has granted."""
        self._tokens -= amount


class Gate:
    """The allow-list and the caps. What it refuses it counts, and says so in the log once a minute at most."""

    def __init__(self, allow: Sequence[Network], caps: ReflectorCaps, clock: Clock) -> None:
        self._allow = (*LOOPBACK, *allow)
        self._clock = clock
        self._known: Recent[str, str] = Recent(MOST_SOURCES)
        self._packets = _Cap(caps.packets_per_s, caps.source_packets_per_s, 1.0, clock)
        self._connects = _Cap(5 * MOST_CONNECTIONS_PER_S, MOST_CONNECTIONS_PER_S, 1.0, clock)
        self._volume = _Cap(caps.mb_per_hour * _MB, caps.source_mb_per_hour * _MB, _HOUR_S, clock)
        self.refused: Counter[str] = Counter()
        """How often something was refused since the last report, by its reason in words."""
        self._reported_boot_s = clock.boot() - _REPORT_EVERY_S

    def source_of(self, address: str) -> str | None:
        """Return what an address's caps go by: itself, or its /64; None when it is not let in."""
        source = self._known.get(address)
        if source is None:
            found = ip_address(address.partition("%")[0])
            if not any(found in network for network in self._allow):
                self.refused["not in allow"] += 1
                return None
            is_v6 = isinstance(found, IPv6Address)
            source = str(ip_network((found, _V6_SOURCE_BITS), strict=False)) if is_v6 else str(found)
            self._known.get_or_make(address, lambda: str(source))
        return source

    def admits_packet(self, source: str) -> bool:
        """Return whether one more packet may be answered, and count it."""
        return self._counted(self._packets.takes(source, 1), "over the packet cap")

    def admits_connection(self, source: str) -> bool:
        """Return whether one more connection may be taken up, and count it."""
        return self._counted(self._connects.takes(source, 1), "over the connection rate")

    def grants(self, source: str, volume_bytes: int) -> bool:
        """Return whether so much may be moved, and count it as moved."""
        return self._counted(self._volume.takes(source, volume_bytes), "over the volume cap")

    def report(self) -> None:
        """Say what was refused, unless that was said less than a minute ago."""
        now = self._clock.boot()
        if self.refused and now - self._reported_boot_s >= _REPORT_EVERY_S:
            _log.warning("refused: %s", ", ".join(f"{count} {why}" for why, count in self.refused.most_common()))
            self.refused.clear()
            self._reported_boot_s = now

    def _counted(self, is_admitted: bool, why_not: str) -> bool:  # noqa: FBT001
        if not is_admitted:
            self.refused[why_not] += 1
        return is_admitted


class _Cap:
    """So much in a period, for one source and in total."""

    def __init__(self, total: int, each: int, period_s: float, clock: Clock) -> None:
        self._each, self._period_s, self._clock = each, period_s, clock
        self._total = Bucket(total / period_s, total, clock.boot())
        self._sources: Recent[str, Bucket] = Recent(MOST_SOURCES)

    def takes(self, source: str, amount: int) -> bool:
        """Take so much of both, or nothing."""
        now = self._clock.boot()
        own = self._sources.get_or_make(source, lambda: Bucket(self._each / self._period_s, self._each, now))
        if not (own.holds(amount, now) and self._total.holds(amount, now)):
            return False
        own.take(amount)
        self._total.take(amount)
        return True
