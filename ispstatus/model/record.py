"""What is remembered: minutes, buckets, transitions, outages, engine events."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ispstatus.model.series import Protocol
from ispstatus.model.state import Fault, Reason, State


@dataclass(frozen=True, slots=True)
class Minute:
    """One uplink's 60 s, labelled by its UTC start. The five second-counts sum to 60."""

    uplink_id: int
    ts: int
    """Epoch seconds of the start; a multiple of 60."""
    state: State
    """Worst state of any judged second; UNKNOWN only if none was judged."""
    up_s: int = 0
    degraded_s: int = 0
    down_s: int = 0
    unknown_s: int = 60
    excluded_s: int = 0
    down_fault: Fault = Fault.NONE
    """Where the down seconds of this minute broke; NONE without any."""
    sent: int = 0
    """Stream echoes to targets that are vouched for."""
    received: int = 0
    rtt_sum_us: int = 0
    rtt_max_us: int | None = None
    jitter_sum_us: int = 0
    """Sum of absolute differences of consecutive replies of the same target."""
    jitter_count: int = 0
    http_ok: int = 0
    http_failed: int = 0
    dns_ok: int = 0
    dns_failed: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Five aligned minutes of one uplink; recomputed from its minutes, never incremented."""

    uplink_id: int
    ts: int
    """Epoch seconds of the start; a multiple of 300."""
    state: State
    up: int
    degraded: int
    down: int
    no_data: int
    """Minutes by their state; the four sum to 5."""
    down_s: int
    unknown_s: int
    sent: int
    received: int
    rtt_sum_us: int
    rtt_max_us: int | None
    jitter_sum_us: int
    jitter_count: int
    excluded_s: int = 0


@dataclass(frozen=True, slots=True)
class Transition:
    """The moment a state changed; kept for ever, with its evidence. Another reason for the same state is none."""

    uplink_id: int
    at: datetime
    state: State
    reason: Reason
    fault: Fault
    explanation: str
    evidence: dict[str, Any]
    """The evidence as JSON-ready values."""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A run of DOWN, with its four edges."""

    uplink_id: int
    reason: Reason
    fault: Fault
    first_bad_at: datetime
    """The headline start."""
    last_good_at: datetime | None
    last_bad_at: datetime
    first_good_at: datetime | None
    """The headline end; None while it lasts."""
    carrier_down_at: datetime | None = None
    unknown_s: int = 0
    """Seconds inside it in which we could not measure (a restart)."""
    explanation: str = ""
    evidence: dict[str, Any] | None = None
    trace: dict[str, Any] | None = None
    baseline_trace: dict[str, Any] | None = None
    id: int | None = None

    @property
    def is_ongoing(self) -> bool:
        """True while no answer has been seen."""
        return self.first_good_at is None


class EventKind(StrEnum):
    """What can happen to the engine itself."""

    START = "start"
    STOP = "stop"
    CLOCK_BACK = "clock_back"
    CLOCK_FORWARD = "clock_forward"
    LATE = "late"
    STORAGE = "storage"
    DAMAGE = "damage"
    """A database that could not be used was set aside."""
    DETECTED = "detected"


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something that happened to the engine; explains gaps in what is remembered."""

    at: datetime
    kind: EventKind
    detail: str


@dataclass(frozen=True, slots=True)
class Run:
    """One minute of one agent's samples of one protocol to one target, oldest first: the stream's echoes are such."""

    agent_id: int
    target: str
    ts: int
    """Epoch seconds of the minute's start."""
    offsets_ms: tuple[int, ...]
    """When each sample left, milliseconds after ``ts``."""
    rtts_us: tuple[int | None, ...]
    """Round trip of each, None for lost. Unmeasured samples are not in the run."""
    protocol: Protocol = Protocol.ICMP
    is_own: bool = False
    """The target is the operator's own far end; where one answers, public ones are not asked for figures."""
