"""What is kept of the samples of one uplink and protocol, from half a minute to hours: sums that add up."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Protocol(StrEnum):
    """What a sample of the insight stream measured; the value is its name on the wire."""

    TCP = "tcp"
    """SYN to SYN-ACK."""
    UDP = "udp"
    """One datagram to the reflector and back, else one DNS question."""
    HTTP = "http"
    """One request on a warm connection."""
    HTTPS = "https"
    """A resumed TLS session and one request."""
    ICMP = "icmp"
    """Echo request to reply."""
    TWAMP = "twamp"
    """RFC 5357 / RFC 8762: round trip without the reflector's own time."""


NETWORK = (Protocol.ICMP, Protocol.TWAMP)
"""What network latency is the mean of."""
APPLICATION = (Protocol.TCP, Protocol.UDP, Protocol.HTTP, Protocol.HTTPS)
"""What application latency is the mean of."""


@dataclass(slots=True)
class Sample:
    """One sample of an agent: a round trip, or a loss. What nobody can vouch for is no sample."""

    protocol: Protocol
    target: str
    """The far end, as it is named in the configuration."""
    sent_boot_s: float
    rtt_ms: float | None
    """None while lost: a reply that comes late cancels the loss."""
    is_own: bool = False
    """The far end is the operator's own; where one answers, public ones are not asked for figures."""


@dataclass(frozen=True, slots=True)
class Deltas:
    """What one TWAMP or STAMP packet saw of each direction. Clocks need not agree: any of them may be negative."""

    sent_boot_s: float
    forward_ms: float
    """T2 - T1."""
    reverse_ms: float
    """T4 - T3."""
    processing_ms: float
    """T3 - T2."""
    is_clock_synchronised: bool
    """Both sides claim that a time service keeps their clock: only then is each direction true by itself."""


class Aggregate(NamedTuple):
    """What the samples of one series in one stretch of time add up to, in whole microseconds.

    Neighbours merge exactly (``analytics.aggregates``). An hour fits 64-bit integers as long as it holds fewer than
    a million samples of at most three seconds each. Values may be negative: one-way deltas are.
    """

    sent: int = 0
    """Samples that were measured, lost ones included. Unmeasured ones are in no count."""
    lost: int = 0
    sum_us: int = 0
    min_us: int | None = None
    max_us: int | None = None
    squares_us2: int = 0
    """Sum of squares."""
    steps_us: int = 0
    """Sum of absolute differences of consecutive answers; nothing lost or unmeasured is bridged."""
    steps: int = 0
    """How many differences that is."""
    first_us: int | None = None
    """The first sample; None when it was lost or unmeasured, so that there is nothing to step to."""
    last_us: int | None = None
    """The last sample; None when it was lost or unmeasured, so that there is nothing to step from."""

    @property
    def received(self) -> int:
        """Samples that were answered."""
        return self.sent - self.lost


@dataclass(frozen=True, slots=True)
class Events:
    """How the half minutes of one series in one stretch of time behaved. Neighbours merge exactly."""

    windows: int = 0
    """Half minutes with at least one measured sample."""
    anomalous: int = 0
    """Of them, those flagged when they closed."""
    eventful: int = 0
    """Of them, those flagged or with a lost sample."""
    head: int = 0
    """Eventful half minutes in a row at the start."""
    tail: int = 0
    """Eventful half minutes in a row at the end."""
    longest: int = 0
    """The longest run of eventful half minutes."""


class HalfMinute(NamedTuple):
    """What is kept of one series' samples of half a minute."""

    sums: Aggregate
    median_us: int | None = None
    """Median of the answers."""
    is_flagged: bool = False
    """Anomalous when it closed."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What is kept of one series' half minutes of an hour."""

    sums: Aggregate
    median_us: int | None = None
    """Median of the half minutes' medians."""
    events: Events = Events()
    """Without windows where nobody counted them."""
    spread_us: int | None = None
    """1.4826 * MAD of the half minutes' means."""
    means_us: tuple[int | None, ...] = ()
    """Mean of each of its twelve five minutes, None without an answer; empty where nobody kept them."""
