"""/api/history, /api/sla and /api/outages."""

from typing import Annotated, Literal

from pydantic import Field

from ispstatus.web.shared.models import Answer, Count, Milliseconds, Moment, Percent
from ispstatus.web.status.models.verdict import Evidence
from ispstatus.web.status.models.words import Fault, LocalMoment, State


class Point(Answer):
    """Five minutes."""

    ts: int
    """Start, epoch seconds."""
    state: State | None
    """Worst of its minutes; null: no data."""
    up: Annotated[int, Field(ge=0, le=5)]
    """Minutes by their worst state; the four sum to 5."""
    degraded: Annotated[int, Field(ge=0, le=5)]
    """Minutes."""
    down: Annotated[int, Field(ge=0, le=5)]
    """Minutes."""
    no_data: Annotated[int, Field(ge=0, le=5)]
    """Minutes."""
    sent: Count
    """Echoes of the stream."""
    received: Count
    """Of them answered."""
    rtt_avg_ms: Milliseconds | None
    """Mean round trip."""
    rtt_max_ms: Milliseconds | None
    jitter_ms: Milliseconds | None
    """Mean difference of consecutive round trips."""


class Summary(Answer):
    """A stretch of history in figures. Shares are of minutes by worst state; availability is of seconds."""

    up_pct: Percent | None
    """Share of minutes."""
    degraded_pct: Percent | None
    """Share of minutes."""
    down_pct: Percent | None
    """Share of minutes."""
    no_data_pct: Percent | None
    """Share of minutes."""
    samples: Count
    """Minutes with a verdict."""
    availability_pct: Percent | None
    """Usable of measured seconds."""
    availability_lower_pct: Percent | None
    """Had every unknown second been down."""
    availability_upper_pct: Percent | None
    """Had every unknown second been up."""
    coverage_pct: Percent | None
    """Measured of all seconds."""
    downtime_s: Count
    """Seconds that were down."""
    outages: Count
    """That touch it."""
    longest_outage_s: Count
    """Cut to it."""


class Day(Summary):
    """One UTC day."""

    day: str
    """UTC date."""


class HistoryAnswer(Answer):
    """/api/history."""

    range: Literal["24h", "72h", "7d", "30d", "90d"]
    name: str
    """The uplink."""
    removed: bool
    """No longer an uplink of this box; its history stays."""
    bucket_seconds: Literal[300]
    summary: Summary
    """Of the whole range."""
    daily: list[Day]
    """Of each UTC day it touches."""
    points: list[Point]
    """Oldest first: exactly 288, 864, 2016, 8640 or 25920."""


class SlaReportAnswer(Answer):
    """One uplink's period. The five second counts sum to period_s; percentages are cut, never rounded up."""

    schema_: int = Field(alias="schema")
    """Version of these columns."""
    site: str
    """As configured."""
    uplink: str
    isp: str | None
    """As configured."""
    circuit_id: str | None
    """As configured."""
    period_start_utc: Moment
    """First second that counts: the period's, or the uplink's own first."""
    period_end_utc: Moment
    """First second that does not count any more."""
    period_start_local: LocalMoment
    period_end_local: LocalMoment
    tz: str
    """Months are calendar months of this zone."""
    partial: bool
    """The period is not over, or the uplink is younger than it."""
    period_s: Count
    """Length: up, degraded, down, unknown and excluded together."""
    excluded_s: Count
    """Announced maintenance."""
    up_s: Count
    degraded_s: Count
    """Impaired but usable: counts as available."""
    down_s: Count
    down_isp_s: Count
    """Of down_s: all that is not local."""
    down_local_s: Count
    """Of down_s: our own link, power or box."""
    down_access_s: Count
    """Of down_isp_s: the line to the provider."""
    down_provider_s: Count
    """Of down_isp_s: behind that line."""
    unknown_s: Count
    """Not measured: neither up nor down."""
    coverage_pct: Percent | None
    """Measured of what counts."""
    availability_pct: Percent | None
    """Usable of measured seconds."""
    availability_lower_pct: Percent | None
    """Had every unknown second been down."""
    availability_upper_pct: Percent | None
    """Had every unknown second been up: what survives the provider's own reading."""
    sla_target_pct: str | None
    """As configured, decimal text."""
    budget_s: int | None
    """Down seconds the target allows."""
    budget_used_s: Count
    """Down seconds of it."""
    verdict: Literal["met", "possible_breach", "breached", "insufficient"] | None
    """null without a target."""
    outages: Count
    """That touch the period."""
    longest_outage_s: Count
    """Cut to the period."""
    mttr_s: int | None
    """Mean length of an outage."""
    mtbf_s: int | None
    """Usable seconds per outage."""
    flaps: Count
    """Outages that were over within 30 s."""
    loss_pct_available: Percent | None
    """Loss of the echoes sent while the uplink was usable."""
    packets_sent: Count
    """Those echoes."""
    packets_received: Count
    """Of them answered."""
    rule_id: str
    """Names the rule of these figures."""


class SlaAnswer(Answer):
    """/api/sla without a name."""

    total: Count
    uplinks: list[SlaReportAnswer]


class Hop(Answer):
    """One hop of a trace; a silent one has no address."""

    ttl: int
    """Its place on the way."""
    address: str | None
    """null: silent."""
    rtt_ms: Milliseconds | None
    """Round trip to it."""


class Trace(Answer):
    """A traceroute bound to the uplink."""

    target: str
    """Where it was to lead."""
    reached: bool
    """It got there."""
    taken_utc: Moment
    """When."""
    hops: list[Hop]


class Outage(Answer):
    """A run of DOWN, with its four edges."""

    id: int
    name: str
    """The uplink."""
    started_utc: Moment
    """First bad."""
    ended_utc: Moment | None
    """First good; null while it lasts."""
    ongoing: bool
    """It lasts."""
    duration_s: Annotated[float, Field(ge=0)]
    """First bad to first good, or to now."""
    duration_min_s: Annotated[float, Field(ge=0)]
    """First bad to last bad."""
    duration_max_s: Annotated[float, Field(ge=0)]
    """Last good to first good, or to now."""
    last_good_utc: Moment | None
    """Last answer before it."""
    first_bad_utc: Moment
    """First silence."""
    last_bad_utc: Moment
    """Last silence."""
    first_good_utc: Moment | None
    """First answer after it."""
    unknown_s: Count
    """Seconds inside it in which nothing could be measured."""
    reason: str
    """Machine word, as `state_reason`."""
    fault: Fault
    """Where it broke."""
    explanation: str
    """What was seen, in words."""
    carrier_down_utc: Moment | None
    """When the kernel lost the carrier."""
    evidence: Evidence | None
    """What the verdict rested on."""
    trace: Trace | None
    """Taken when it began."""
    baseline_trace: Trace | None
    """Taken before, while all was well."""


class OutagesAnswer(Answer):
    """/api/outages."""

    range: Literal["24h", "72h", "7d", "30d", "90d"]
    total: Count
    """All that touch the range, however many are listed."""
    truncated: bool
    """Older ones follow: ask again with `offset`."""
    outages: list[Outage]
    """Newest first."""
