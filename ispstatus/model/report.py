"""What the coordinator tells a client about the uplinks, and what the engine says of itself."""

from dataclasses import dataclass, field
from datetime import datetime

from ispstatus.model.decision import Baseline, Decision
from ispstatus.model.evidence import Evidence
from ispstatus.model.quality import Quality
from ispstatus.model.uplink import Uplink


@dataclass(frozen=True, slots=True)
class UplinkReport:
    """One uplink's verdict as of now."""

    uplink: Uplink
    decision: Decision
    since_at: datetime
    """When the present state began."""
    measured_at: datetime | None
    """When the verdict's evidence was complete; None before the first verdict."""
    is_live: bool
    """This request's own cycle, or one it joined."""
    age_ms: int
    evidence: Evidence | None
    quality: Quality | None
    baseline: Baseline = field(default_factory=Baseline)
    """What is normal here."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Every asked-for uplink, in configuration order."""

    uplinks: tuple[UplinkReport, ...]
    is_persisted: bool
    """The verdicts told here were committed (or nothing had to be)."""
    generated_at: datetime


@dataclass(frozen=True, slots=True)
class EngineVitals:
    """What the running engine knows of itself, for /api/health. Ages are seconds on the boot clock."""

    started_at: datetime
    beats: dict[str, float]
    """Seconds since each thread last turned: netlink, engine, coordinator, writer, calendar."""
    echo_mode: str
    """``raw``, ``ping socket`` or ``unavailable``."""
    permission_problems: tuple[str, ...]
    last_clock_step_at: datetime | None
    last_clock_step_s: float
    clock_is_synchronised: bool | None
    writing: bool
    """False while the disk is full or broken."""
    writer_problem: str | None
    writer_backlog: int
    late_cycles_last_hour: int
    links: dict[str, str]
    """Uplink name to link status."""
    waiting_requests: int = 0
    far_end_problems: tuple[str, ...] = ()
    """Far ends of an uplink's own that are not measured though it works: a sentence each."""
