"""What one probe saw, silence included. (RFC 2330 would call this a singleton.)"""

from dataclasses import dataclass, field
from enum import StrEnum

from ispstatus.model.series import Deltas


class Outcome(StrEnum):
    """What a probe's answer, or its absence, amounts to."""

    OK = "ok"
    SILENT = "silent"
    """Sent, vouched for, and no answer inside the timeout."""
    FAILED = "failed"
    """An answer that is not what was asked for (reset, wrong status, SERVFAIL, unreachable)."""
    INTERCEPTED = "intercepted"
    """Somebody else answered in the target's place."""
    UNMEASURED = "unmeasured"
    """We cannot vouch for it: late, starved, route changed, no permission, no slot, no budget."""

    @property
    def is_measured(self) -> bool:
        """Whether this says anything about the uplink."""
        return self is not Outcome.UNMEASURED


@dataclass(frozen=True, slots=True)
class EchoSample:
    """Echoes to one target within one cycle, or one echo of the stream."""

    target: str
    network: str
    outcome: Outcome
    sent: int
    received: int
    rtt_ms: float | None = None
    """Round trip of the first answer; never negative, never over the timeout."""
    error: str | None = None
    """Why it failed or could not be measured, in words."""
    sent_boot_s: float | None = None
    """When the first echo left."""
    answered_sent_boot_s: float | None = None
    """When the echo left that was answered last."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One round trip to a far end that is asked again and again over the same socket or connection."""

    outcome: Outcome
    sent_boot_s: float | None = None
    """When what is timed began; None when nothing left."""
    rtt_ms: float | None = None
    """None unless OK; between 0 and the timeout."""
    error: str | None = None
    deltas: Deltas | None = None
    """Of each direction, where the far end tells its own times."""


@dataclass(frozen=True, slots=True)
class DnsSample:
    """One question to one resolver through the uplink."""

    resolver: str
    name: str
    outcome: Outcome
    is_provider: bool = False
    """The link's own resolver rather than a public one."""
    addresses: tuple[str, ...] = ()
    ms: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class HttpPhases:
    """Where the time of one HTTP request went, milliseconds; None for a phase that did not happen."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    """Waiting for the far end; what this box takes for its cryptography is in the total only."""
    first_byte_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class HttpSample:
    """One HTTP(S) request through the uplink."""

    url: str
    network: str
    outcome: Outcome
    status: int | None = None
    address: str | None = None
    """The address that was connected to."""
    phases: HttpPhases = field(default_factory=HttpPhases)
    error: str | None = None
    is_date_only_tls_error: bool = False
    """The certificate failed on dates alone."""
    age_s: float = 0.0
    """How old this result is: the TLS check runs every fifth minute and stands for six."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of a trace; ``address`` None for a silent one."""

    ttl: int
    address: str | None
    rtt_ms: float | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A bound traceroute."""

    target: str
    reached: bool
    hops: tuple[Hop, ...]
    taken_ts: int
