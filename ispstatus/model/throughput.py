"""How much an uplink carried when it was asked to."""

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How throughput was measured; the value is what is stored."""

    TRAIN = "train"
    """Short packet trains to our reflector: an estimate that does not fill the line."""
    IPERF_TCP = "iperf_tcp"
    IPERF_UDP = "iperf_udp"
    WEB = "web"
    """An object fetched, and one sent, by HTTP(S)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What one direction carried."""

    bps: float | None = None
    """Bits a second, as the receiver saw them; None when too little arrived to tell."""
    jitter_us: float | None = None
    """Interarrival jitter (RFC 3550 section 6.4.1)."""
    sent: int | None = None
    """Packets; None where they are not counted (TCP)."""
    lost: int | None = None


@dataclass(frozen=True, slots=True)
class Throughput:
    """One test of one uplink."""

    agent_id: int
    method: Method
    ended_ts: int
    """Epoch seconds."""
    seconds: int
    """How long it kept the line busy."""
    server: str
    """The far end, as configured."""
    down: Flow = Flow()
    up: Flow = Flow()
