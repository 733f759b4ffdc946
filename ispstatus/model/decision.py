"""A verdict, and the little an uplink's judgement remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from ispstatus.model.state import Fault, Note, Reason, State


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is normal on this uplink: seven-day medians, None until the first hour is over."""

    latency_ms: float | None = None
    jitter_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What one uplink's judgement remembers between cycles; persisted with the uplink."""

    exceeded: frozenset[str] = frozenset()
    """Which of ``loss latency jitter`` are over their threshold and not yet clear."""
    ping_networks: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Networks whose echo target ever answered here, and when last."""
    http_networks: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Networks whose HTTP check was ever ok here, and when last."""
    gateway_address: str | None = None
    gateway_answers: int = 0
    """Answered cycles of the gateway at ``gateway_address``, counted up to 3."""
    gateway_seen_at: datetime | None = None
    gateway_silent_at: datetime | None = None
    """Since when it has been silent while the outside works; None while it answers."""
    proven_at: datetime | None = None
    """When a default route of this uplink was last proven."""
    baseline: Baseline = Baseline()
    first_up_at: datetime | None = None
    """When the uplink was first seen UP: quality on "auto" is judged an hour later."""
    down_since_at: datetime | None = None
    """When the present run of DOWN began; kept through UNKNOWN, None once UP or DEGRADED."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the ladder said about one cycle's evidence."""

    state: State
    reason: Reason
    fault: Fault
    notes: tuple[Note, ...] = ()
    explanation: str = ""
    """One clause of plain words: "carrier present, gateway silent, 0 of 3 networks answer"."""
    next_check: str = ""
    """What the operator should do now, with ISP and circuit where given."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What another uplink of the same box looks like now: adds notes, never a state."""

    name: str
    state: State
    fault: Fault
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdict an uplink has now; persisted, so that a restart continues it."""

    decision: Decision
    since_at: datetime
    """When the present state began."""
    judged_at: datetime
    """When it was last confirmed by evidence."""
