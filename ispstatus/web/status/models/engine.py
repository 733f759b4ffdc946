"""/api/health, /healthz and /api/uplinks."""

from typing import Literal

from pydantic import Field

from ispstatus.web.status.models.words import Answer, Count, Moment


class Freshness(Answer):
    """How far the record reaches, and the longest hole in it."""

    ok: bool
    last_minute_utc: Moment | None
    """Start of the newest minute with a judged second."""
    age_seconds: Count | None
    """Since the newest judged second."""
    max_age_seconds: int
    largest_gap_minutes: Count | None
    largest_gap_start_utc: Moment | None
    largest_gap_uplink: str | None
    largest_gap_cause: str | None
    max_gap_minutes: int
    gap_window_h: int


class SqliteHealth(Answer):
    """The database."""

    ok: bool
    writing: bool
    """false while the disk is full or broken: probing and answering go on."""
    problem: str | None
    backlog: Count
    """Changes that wait to be written."""
    schema_: int | None = Field(alias="schema")
    db_bytes: Count
    wal_bytes: Count
    quarantined: list[str]
    """Damaged files that were set aside."""


class Room(Answer):
    """Free of total."""

    ok: bool
    free_bytes: Count
    total_bytes: Count | None


class Memory(Answer):
    """The machine's memory."""

    ok: bool
    available_bytes: Count | None
    total_bytes: Count | None


class Process(Answer):
    """This daemon."""

    ok: bool
    rss_mb: float | None
    threads: int | None
    open_files: int | None
    started_utc: Moment


class Permissions(Answer):
    """What the daemon may do."""

    ok: bool
    echo: Literal["raw", "ping socket", "unavailable"]
    problems: list[str]


class Timer(Answer):
    """Whether everything turns."""

    ok: bool
    beats_s: dict[str, float]
    """Seconds since each thread last turned."""
    late_cycles_last_hour: Count


class ClockHealth(Answer):
    """The wall clock."""

    ok: bool
    synchronised: bool | None
    last_step_utc: Moment | None
    last_step_s: float


class Requests(Answer):
    """Clients that wait for verdicts."""

    ok: bool
    waiting: Count


class Links(Answer):
    """The uplinks' interfaces: told for information, never a reason."""

    ok: bool
    uplinks: dict[str, str]


class HealthAnswer(Answer):
    """/api/health: tells of the engine only."""

    ok: bool
    """false: do not trust the monitor. It says nothing about the network."""
    reasons: list[str]
    """Why not, as sentences; empty while ok."""
    warnings: list[str]
    """Worth knowing, no reason for distrust."""
    contract: str
    generated_utc: Moment
    history_freshness: Freshness
    sqlite: SqliteHealth
    disk: Room
    memory: Memory
    permissions: Permissions
    timer: Timer
    clock: ClockHealth
    requests: Requests
    process: Process
    links: Links


class HealthzAnswer(Answer):
    """/healthz."""

    ok: bool
    standing: list[str]
    """Threads that do not turn."""


class ListedUplink(Answer):
    """One uplink there is or was."""

    name: str
    agent_id: str
    iface: str
    source: str | None
    isp: str | None
    circuit_id: str | None
    network_type: str | None
    sla_target_pct: str | None
    """Decimal text."""
    configured: bool
    """false: detected from a default route."""
    metered: bool
    removed: bool
    """No longer probed; its history stays readable."""
    history_since_utc: Moment | None


class UplinksAnswer(Answer):
    """/api/uplinks."""

    total: Count
    uplinks: list[ListedUplink]
