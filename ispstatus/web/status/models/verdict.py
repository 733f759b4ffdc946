"""/api/status: a verdict and what it rests on."""

from typing import Annotated, Literal

from pydantic import Field

from ispstatus.web.shared.models import Answer, Count, Milliseconds, Moment, Percent
from ispstatus.web.status.models.words import Fault, Outcome, State


class Ping(Answer):
    """Echoes to one target within one cycle."""

    target: str
    """Address that was asked."""
    network: str
    """The operator it belongs to; each has one vote."""
    ok: bool | None
    """null: could not be measured."""
    outcome: Outcome
    """What came of it: an answer, silence, a failure, somebody else's answer, or no result we vouch for."""
    rtt_ms: Milliseconds | None
    """Round trip of the first answer."""
    sent: Count
    """Echoes of this cycle."""
    received: Count
    """Of them answered."""
    loss_pct: Percent | None
    """Of this cycle's few echoes; `quality` has the loss that counts."""
    error: str | None
    """Why it failed or could not be measured, in words."""


class GatewayPing(Ping):
    """Echoes to the uplink's gateway."""

    neighbour: str | None
    """What the neighbour table says of it: shown, never judged."""


class HttpPhases(Answer):
    """Where the time of one request went; null for what did not happen."""

    dns_ms: Milliseconds | None
    """Resolving the name through this uplink; null when a known address was used."""
    connect_ms: Milliseconds | None
    """TCP handshake."""
    tls_ms: Milliseconds | None
    """TLS handshake."""
    first_byte_ms: Milliseconds | None
    """From the request to the first byte of the answer."""


class Http(Answer):
    """One HTTP(S) request through the uplink."""

    url: str
    """What was asked for."""
    network: str
    """The operator it belongs to; each has one vote."""
    ok: bool | None
    """null: could not be measured."""
    outcome: Outcome
    """As for a ping; intercepted: a portal or proxy answered in its place."""
    status: int | None
    """HTTP status of the answer."""
    ms: Milliseconds | None
    """All of it."""
    phases: HttpPhases
    """Where the time went."""
    address: str | None
    """Address that was connected to."""
    age_s: Annotated[float, Field(ge=0)]
    """How old this result is: the TLS check runs every fifth minute and stands for six."""
    error: str | None
    """Why it failed or could not be measured, in words."""


class Dns(Answer):
    """One question to one resolver through the uplink."""

    resolver: str
    """Address that was asked."""
    name: str
    """Name it was asked for."""
    provider: bool
    """The link's own resolver rather than a public one."""
    ok: bool | None
    """null: could not be measured."""
    outcome: Outcome
    """As for a ping."""
    addresses: list[str]
    """What it answered."""
    ms: Milliseconds | None
    """Time to the answer."""
    error: str | None
    """Why it failed or could not be measured, in words."""


class Path(Answer):
    """How the probes left, and whether the kernel agrees that this is the uplink's way."""

    family: Literal[4, 6]
    """Address family of the verdict."""
    source: str | None
    """Address the probes are bound to."""
    gateway: str | None
    """null on a link without one."""
    table: int | None
    """Routing table of its default route."""
    mark: int
    """Firewall mark the probes carry; 0: none."""
    proven: bool
    """Every target's route leaves by this uplink."""
    problems: list[str]
    """A sentence per target that would leave elsewhere."""
    routes: dict[str, str]
    """Target to the route the kernel would use."""


class Evidence(Answer):
    """What one verdict rests on: one cycle."""

    trigger: Literal["start", "minute", "link", "silence", "answer", "client"] | None
    """What started the cycle; null before the engine's first cycle."""
    started_utc: Moment | None
    """When the cycle began."""
    ended_utc: Moment | None
    """When its last answer that counts was in."""
    iface: str
    """Network interface."""
    iface_state: Literal["up", "missing", "admin_down", "no_carrier"] | None
    """What the kernel says of it."""
    gw_ping: GatewayPing | None
    """null when the gateway is not asked: none there, or address translation behind it."""
    ping: list[Ping]
    """Every echo target; may be empty, never absent."""
    http: list[Http]
    """Every web check; may be empty, never absent."""
    dns: list[Dns]
    """Every resolver; may be empty, never absent."""
    other_family: list[Ping]
    """Echoes of the address family that does not make the verdict."""
    path: Path | None
    """null when there was none."""
    first_bad_utc: Moment | None
    """First silence, in a cycle that silence started."""
    first_good_utc: Moment | None
    """First answer, in a cycle that an answer started."""
    late: bool
    """The engine stood still while the cycle ran: the verdict is UNKNOWN."""
    clock_synchronised: bool | None
    """null before the engine's first cycle."""
    budget_spent: bool
    """The month's bytes are used up: web and name checks rest."""


class TargetQuality(Answer):
    """What the stream of echoes says of one target."""

    target: str
    """Address that is asked."""
    network: str
    """The operator it belongs to."""
    sent: Count
    """Of the last 60."""
    lost: Count
    """Of the last 60."""
    latency_ms: Milliseconds | None
    """Median of the last 20 answered."""
    jitter_ms: Milliseconds | None
    """Mean difference of consecutive answers among the last 20."""
    p99_ms: Milliseconds | None
    """99th percentile of the round trip."""
    muted: bool
    """Silent while other networks answer: not counted."""


class Baseline(Answer):
    """What is normal on this uplink: medians of the last seven days, null until its first hour is over."""

    latency_ms: Milliseconds | None
    jitter_ms: Milliseconds | None


class Quality(Answer):
    """What the stream of echoes says of the uplink: medians over its answering targets."""

    loss_pct: Percent | None
    """Of the last 60 echoes to each target."""
    latency_ms: Milliseconds | None
    """Median round trip; in the first minute after a start, of the echoes of the verdict."""
    jitter_ms: Milliseconds | None
    """Mean difference of consecutive round trips."""
    loaded: bool
    """The interface carries at least 80 % of the contract's bandwidth."""
    targets: list[TargetQuality]
    """The same for each target."""


class Verdict(Answer):
    """What is judged of one uplink."""

    name: str
    """The stable identity."""
    agent_id: str
    """Its number, never reused."""
    state: State | None
    """2 UP, 1 DEGRADED, 0 DOWN; null UNKNOWN (or what `unknown_as` says)."""
    state_label: Literal["UP", "DEGRADED", "DOWN", "UNKNOWN"]
    """The state as a word."""
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
    """As configured."""
    circuit_id: str | None
    """As configured."""
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
    """When this was answered."""
    site: str
    """As configured."""
    hostname: str
    """Name of this box."""
    persisted: bool
    """What is told here was committed to disk."""
    uplinks: list[UplinkStatus]
    """In configuration order, always the same."""
