"""/api/health, /healthz and /api/uplinks."""

from typing import Literal

from pydantic import Field

from ispstatus.web.shared.models import Answer, Count, Moment


class Freshness(Answer):
    """How far the record reaches, and the longest hole in it."""

    ok: bool
    """false at an age over 120 s or a gap of 5 minutes."""
    last_minute_utc: Moment | None
    """Start of the newest minute with a judged second."""
    age_seconds: Count | None
    """Since the newest judged second."""
    max_age_seconds: int
    """Beyond it `ok` is false."""
    largest_gap_minutes: Count | None
    """Longest run of minutes without a judged second, of one uplink, within `gap_window_h`.

    Minutes before its first one are no gap.
    """
    largest_gap_start_utc: Moment | None
    """When it began."""
    largest_gap_uplink: str | None
    """Whose it is."""
    largest_gap_cause: str | None
    """What the engine noted around it, in words."""
    max_gap_minutes: int
    """From it on `ok` is false."""
    gap_window_h: int
    """Hours that are looked back."""


class SqliteHealth(Answer):
    """The database."""

    ok: bool
    writing: bool
    """false while the disk is full or broken: probing and answering go on."""
    problem: str | None
    """What is wrong, in words."""
    backlog: Count
    """Changes that wait to be written."""
    schema_: int | None = Field(alias="schema")
    """Version of the tables."""
    db_bytes: Count
    """Size of the database."""
    wal_bytes: Count
    """Size of its write-ahead log."""
    quarantined: list[str]
    """Damaged files that were set aside."""


class Room(Answer):
    """Free of total."""

    ok: bool
    free_bytes: Count
    """Left for the history."""
    total_bytes: Count | None
    """Of the file system."""


class Memory(Answer):
    """The machine's memory."""

    ok: bool
    available_bytes: Count | None
    """Of the machine, without swapping."""
    total_bytes: Count | None


class Process(Answer):
    """This daemon."""

    ok: bool
    rss_mb: float | None
    """Resident memory, 10^6 bytes."""
    threads: int | None
    """How many."""
    open_files: int | None
    """How many."""
    started_utc: Moment
    """When the daemon started."""


class Permissions(Answer):
    """What the daemon may do."""

    ok: bool
    echo: Literal["raw", "ping socket", "unavailable"]
    """How echoes are sent."""
    problems: list[str]
    """What may not be done, as sentences."""


class Timer(Answer):
    """Whether everything turns."""

    ok: bool
    beats_s: dict[str, float]
    """Seconds since each thread last turned."""
    late_cycles_last_hour: Count
    """Cycles that were UNKNOWN because the machine was too busy."""


class ClockHealth(Answer):
    """The wall clock."""

    ok: bool
    """false for ten minutes after a step."""
    synchronised: bool | None
    """By a time service, as the kernel says."""
    last_step_utc: Moment | None
    """When the clock was last stepped."""
    last_step_s: float
    """By how much; negative: back."""


class Requests(Answer):
    """Clients that wait for verdicts."""

    ok: bool
    waiting: Count
    """How many now."""


class Links(Answer):
    """The uplinks' interfaces: told for information, never a reason."""

    ok: bool
    uplinks: dict[str, str]
    """Name to `up`, `missing`, `admin_down` or `no_carrier`."""


class HealthAnswer(Answer):
    """/api/health: tells of the engine only."""

    ok: bool
    """false: do not trust the monitor. It says nothing about the network."""
    reasons: list[str]
    """Why not, as sentences; empty while ok."""
    warnings: list[str]
    """Worth knowing, no reason for distrust."""
    contract: str
    """Version of this contract."""
    generated_utc: Moment
    """When this was answered."""
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
    """Every thread turns."""
    standing: list[str]
    """Threads that do not turn."""


class ListedUplink(Answer):
    """One uplink there is or was."""

    name: str
    """The stable identity."""
    agent_id: str
    """Its number, never reused."""
    iface: str
    """Network interface."""
    source: str | None
    """Configured source address; null: found by itself."""
    isp: str | None
    """As configured."""
    circuit_id: str | None
    """As configured."""
    network_type: str | None
    """As configured."""
    sla_target_pct: str | None
    """Decimal text."""
    configured: bool
    """false: detected from a default route."""
    metered: bool
    """Has a monthly budget of bytes."""
    removed: bool
    """No longer probed; its history stays readable."""
    history_since_utc: Moment | None
    """Its first recorded minute."""


class UplinksAnswer(Answer):
    """/api/uplinks."""

    total: Count
    """How many."""
    uplinks: list[ListedUplink]
    """Present ones in configuration order, then the removed."""
