"""/api/status: a verdict and what it rests on."""

from typing import Annotated, Literal

from pydantic import Field

from ispstatus.web.status.models.words import Answer, Count, Fault, Milliseconds, Moment, Outcome, Percent, State


class Ping(Answer):
    """Echoes to one target within one cycle."""

    target: str
    network: str
    """The operator it belongs to; each has one vote."""
    ok: bool | None
    """null: could not be measured."""
    outcome: Outcome
    rtt_ms: Milliseconds | None
    """Round trip of the first answer."""
    sent: Count
    received: Count
    loss_pct: Percent | None
    error: str | None


class GatewayPing(Ping):
    """Echoes to the uplink's gateway."""

    neighbour: str | None
    """What the neighbour table says of it: shown, never judged."""


class HttpPhases(Answer):
    """Where the time of one request went; null for what did not happen."""

    dns_ms: Milliseconds | None
    connect_ms: Milliseconds | None
    tls_ms: Milliseconds | None
    first_byte_ms: Milliseconds | None


class Http(Answer):
    """One HTTP(S) request through the uplink."""

    url: str
    network: str
    ok: bool | None
    """null: could not be measured."""
    outcome: Outcome
    status: int | None
    ms: Milliseconds | None
    """All of it."""
    phases: HttpPhases
    address: str | None
    age_s: Annotated[float, Field(ge=0)]
    """How old this result is: the TLS check runs every fifth minute and stands for six."""
    error: str | None


class Dns(Answer):
    """One question to one resolver through the uplink."""

    resolver: str
    name: str
    provider: bool
    """The link's own resolver rather than a public one."""
    ok: bool | None
    """null: could not be measured."""
    outcome: Outcome
    addresses: list[str]
    ms: Milliseconds | None
    error: str | None


class Path(Answer):
    """How the probes left, and whether the kernel agrees that this is the uplink's way."""

    family: Literal[4, 6]
    source: str | None
    gateway: str | None
    table: int | None
    mark: int
    proven: bool
    problems: list[str]
    routes: dict[str, str]
    """Target to the route the kernel would use."""


class Evidence(Answer):
    """What one verdict rests on: one cycle."""

    trigger: Literal["start", "minute", "link", "silence", "answer", "client"] | None
    """What started the cycle; null before the engine's first cycle."""
    started_utc: Moment | None
    ended_utc: Moment | None
    iface: str
    iface_state: Literal["up", "missing", "admin_down", "no_carrier"] | None
    gw_ping: GatewayPing | None
    """null when the gateway is not asked: none there, or address translation behind it."""
    ping: list[Ping]
    http: list[Http]
    dns: list[Dns]
    other_family: list[Ping]
    """Echoes of the address family that does not make the verdict."""
    path: Path | None
    first_bad_utc: Moment | None
    first_good_utc: Moment | None
    late: bool
    """The engine stood still while the cycle ran: the verdict is UNKNOWN."""
    clock_synchronised: bool | None
    budget_spent: bool


class TargetQuality(Answer):
    """What the stream of echoes says of one target."""

    target: str
    network: str
    sent: Count
    """Of the last 60."""
    lost: Count
    latency_ms: Milliseconds | None
    jitter_ms: Milliseconds | None
    p99_ms: Milliseconds | None
    muted: bool
    """Silent while other networks answer: not counted."""


class Baseline(Answer):
    """What is normal on this uplink: medians of the last seven days, null until its first hour is over."""

    latency_ms: Milliseconds | None
    jitter_ms: Milliseconds | None


class Quality(Answer):
    """What the stream of echoes says of the uplink: medians over its answering targets."""

    loss_pct: Percent | None
    latency_ms: Milliseconds | None
    """Median round trip."""
    jitter_ms: Milliseconds | None
    loaded: bool
    """The interface carries at least 80 % of the contract's bandwidth."""
    targets: list[TargetQuality]


class Verdict(Answer):
    """What is judged of one uplink."""

    name: str
    """The stable identity."""
    agent_id: str
    """Its number, never reused."""
    state: State | None
    """2 UP, 1 DEGRADED, 0 DOWN; null UNKNOWN (or what `unknown_as` says)."""
    state_label: Literal["UP", "DEGRADED", "DOWN", "UNKNOWN"]
    state_reason: str
    """Machine word for the state; more words may come."""
    state_text: str
    """The verdict as a sentence."""
    since_utc: Moment
    """When the present state began."""
    fault: Fault
    """Where it broke."""
    notes: list[str]
    """Worth saying without changing the state; more words may come."""
    next_check: str
    """What the operator should do now."""
    isp: str | None
    circuit_id: str | None
    measured_utc: Moment | None
    """When the evidence was complete; null before the engine's first verdict."""
    live: bool
    """This request's own cycle, or one it joined."""
    age_ms: Count
    """Since `measured_utc`, on a clock that cannot be stepped."""
    quality: Quality | None
    """As of now: null while UNKNOWN; while DOWN a loss of 100 and nothing else."""
    baseline: Baseline
    """What is normal here; `auto` limits go by it."""


class UplinkStatus(Evidence, Verdict):
    """One uplink's verdict as of now, and what it rests on."""


class StatusAnswer(Answer):
    """/api/status."""

    contract: str
    """Version of this contract."""
    generated_utc: Moment
    site: str
    hostname: str
    persisted: bool
    """What is told here was committed to disk."""
    uplinks: list[UplinkStatus]
    """In configuration order, always the same."""
