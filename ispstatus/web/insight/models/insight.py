"""What is made of the measurements: of one agent over time, and of all agents of a customer."""
# ruff: noqa: N815  the contract's own names

from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from ispstatus.web.insight.models.words import OfAgent, OfCustomer
from ispstatus.web.shared.models import Answer, Count, Milliseconds, Moment, Percent


class NetworksAnswer(Answer):
    """/api/v1/networks."""

    count: Count
    """How many."""
    customerId: list[str]
    """Customers of whom anything was measured in the last hour."""


class ListedAgent(Answer):
    """One agent; all but `id` only with `metadata=true`."""

    id: str
    """Its number, never reused."""
    name: str | None = None
    """The uplink's name."""
    networkName: str | None = None
    """The provider."""
    networkType: str | None = None
    """As configured or reported."""
    hardware: str | None = None
    """As reported."""
    details: str | None = None
    """As configured or reported."""
    gpsPosition: str | None = None
    """`latitude,longitude`; empty when unknown."""


class AgentsAnswer(OfCustomer):
    """/api/v1/agents."""

    count: Count
    """How many."""
    agents: list[ListedAgent]
    """Those that measured something just now, by number."""


class ProtocolAnomalies(Answer):
    """One protocol; nulls when it was asked for and nothing was measured."""

    anomaly_mad: Milliseconds | None
    """1.4826 x median absolute deviation of the half minutes' means, ms."""
    drops: Count | None
    """Lost samples."""
    latency: Milliseconds | None
    """Mean of the answers, ms."""
    anomaly_distribution: Percent | None
    """Share of the half minutes that were anomalous or lost a sample."""


class AnomaliesAnswer(OfAgent):
    """/api/v1/anomalies: a protocol of which nothing was measured is absent, unless it was asked for."""

    time: Moment
    """When this was answered."""
    tcp: ProtocolAnomalies | SkipJsonSchema[None] = None
    """Absent when nothing was measured, unless it was asked for."""
    udp: ProtocolAnomalies | SkipJsonSchema[None] = None
    """Absent when nothing was measured, unless it was asked for."""
    http: ProtocolAnomalies | SkipJsonSchema[None] = None
    """Absent when nothing was measured, unless it was asked for."""
    https: ProtocolAnomalies | SkipJsonSchema[None] = None
    """Absent when nothing was measured, unless it was asked for."""
    icmp: ProtocolAnomalies | SkipJsonSchema[None] = None
    """Absent when nothing was measured, unless it was asked for."""
    twamp: ProtocolAnomalies | SkipJsonSchema[None] = None
    """Absent when nothing was measured, unless it was asked for."""
    anomaliesDetected: bool
    """Three or more such half minutes in a row, in any protocol."""
    summary: str
    """One sentence."""


class TrendsAnswer(OfAgent):
    """/api/v1/trends."""

    time: Moment
    """When this was answered."""
    currentLatency: Milliseconds | None
    """Mean of the last hour."""
    baselineLatency: Milliseconds | None
    """Mean of the whole UTC days before today."""
    trendPercentage: float | None
    """By how much it is slower now; negative is faster."""
    status: Literal["DEGRADED", "IMPROVED", "STABLE", "INSUFFICIENT_DATA"]
    """DEGRADED from 20 %, IMPROVED from -20 %."""
    lookbackDays: int
    """As asked."""


class HealthDistribution(Answer):
    """Agents by grade."""

    good: Count
    """Below 50 ms."""
    fair: Count
    """Below 100 ms."""
    poor: Count
    """The rest, and those without data."""


class HealthSummary(Answer):
    """All agents together."""

    totalAgents: Count
    """How many."""
    healthDistribution: HealthDistribution
    """Agents by grade."""
    overallScore: Percent | None
    """Mean of 100 for each good, 60 for each fair, 20 for each poor agent; null without agents."""


class AgentHealth(Answer):
    """One agent's grade."""

    agentID: str
    """The agent's number."""
    avgLatency: Milliseconds | None
    """Over the period; null when nothing was measured."""
    status: Literal["GOOD", "FAIR", "POOR"]
    """Its grade."""


class HealthReportAnswer(OfCustomer):
    """/api/v1/health-report."""

    reportPeriod: Literal["daily", "weekly", "monthly"]
    """As asked."""
    generatedAt: Moment
    """When this was answered."""
    summary: HealthSummary
    """All agents together."""
    agentDetails: list[AgentHealth]
    """By number."""
    recommendations: list[str] = Field(default_factory=list)
    """Sentences; absent with `include_recommendations=false`."""


class RankedAgent(Answer):
    """One place."""

    agentID: str
    """The agent's number."""
    avgLatency: Milliseconds | None
    """Mean line latency; null when nothing was measured."""
    performanceScore: Percent
    """0 to 100; what it is made of depends on the metric."""
    rank: Annotated[int, Field(ge=1)]
    """1 is the best."""


class RankingsAnswer(OfCustomer):
    """/api/v1/agent-rankings."""

    metric: Literal["latency", "stability", "connectivity_health", "overall"]
    """As asked."""
    timeRangeSeconds: int
    """As asked."""
    generatedAt: Moment
    """When this was answered."""
    totalAgents: Count
    """Those without a score too, which have no rank."""
    rankings: list[RankedAgent]
    """Best first."""
    topPerformer: RankedAgent | None
    """The first; null without one."""
    bottomPerformer: RankedAgent | None
    """The last; null without one."""


class Pattern(Answer):
    """Agents that move together, or against each other."""

    description: str
    """One sentence."""
    affectedAgents: list[str]
    """Their numbers."""
    correlationStrength: Annotated[float, Field(ge=0, le=1)]
    """Mean of |r| over the pairs that tie them."""
    patternType: Literal["similar_degradation", "similar_pattern", "inverse_pattern"]
    """How they move."""
    severity: Literal["LOW", "MEDIUM", "HIGH"]
    """HIGH from 0.90, MEDIUM from 0.80."""
    recommendation: str
    """What to look at."""


class CorrelationAnswer(OfCustomer):
    """/api/v1/correlation-analysis."""

    time: Moment
    """When this was answered."""
    correlationThreshold: float
    """As asked."""
    timeRangeSeconds: int
    """As asked."""
    totalAgentsAnalyzed: Count
    """Agents with enough data to be compared."""
    patternsFound: Count
    """How many."""
    patterns: list[Pattern]
    """Groups, then inverse pairs, each strongest first."""


class Alert(Answer):
    """One agent that became slower."""

    agentID: str
    """The agent's number."""
    degradationPercent: float
    """By how much it is slower."""
    currentLatency: Milliseconds
    """Mean of the last hour."""
    baselineLatency: Milliseconds
    """Mean of the days before."""
    severity: Literal["MEDIUM", "HIGH"]
    """HIGH from twice the threshold."""
    message: str
    """One sentence."""


class AlertsAnswer(OfCustomer):
    """/api/v1/degradation-alerts."""

    time: Moment
    """When this was answered."""
    alertCount: Count
    """How many."""
    severityThreshold: float
    """As asked."""
    daysLookback: int
    """As asked."""
    alerts: list[Alert]
    """Worst first."""


class IngestAnswer(OfAgent):
    """/api/v1/ingest."""

    samples: Count
    """Round trips that were stored."""
    radio: Count
    """Readings of a modem that were stored."""
    positions: Count
    """Positions that were stored."""
    refused: list[str]
    """Rows that were not, like `samples.3`: they lie in the future, or more than two days back."""
