"""What each endpoint of the family accepts. The descriptions are also what a 400 says.

What an endpoint does not know it ignores: the clients of this contract send ``agent_id`` everywhere.
"""

from typing import Literal, TypeVar

from flask import request
from pydantic import BaseModel, Field

from ispstatus.model.errors import BadRequest
from ispstatus.web.shared.params import query

Model = TypeVar("Model", bound=BaseModel)

MOST_S = 90 * 86_400
ProtocolName = Literal["tcp", "udp", "http", "https", "icmp", "twamp"]
REQUIRED = {"customer_id": "customerID is required", "agent_id": "agentID is required"}
"""The contract's own words."""
_PROTOCOL = "use one of tcp, udp, http, https, icmp, twamp; without it every protocol"
_RANGE = f"write a whole number of seconds from 1 to {MOST_S} (90 days): the time up to now"
_CHOSEN = (
    "write start,end, e.g. 2025-05-30T10:00:00Z,2025-06-15T17:00:00Z (without an offset: in [insight] timezone), "
    "at most 90 days; not to be used with time_range"
)
_DAYS = "write a whole number of days from 1 to 90: how far back the baseline reaches"


def asked(model: type[Model]) -> Model:
    """Return the parameters of the present request; BadRequest says which is missing, or what would be accepted."""
    for name, words in REQUIRED.items():
        if name in model.model_fields and not request.args.get(name):
            raise BadRequest(words)
    return query(model, ignores_unknown=True)


class CustomerQuery(BaseModel):
    """Whatever is about a customer."""

    customer_id: str = Field(min_length=1, description="the customer, `[site] customer_id` of the configuration")


class AgentQuery(CustomerQuery):
    """Whatever is about one agent."""

    agent_id: str = Field(min_length=1, description="the agent, by its number")


class SpanQuery(AgentQuery):
    """/api/v1/radio."""

    time_range: int | None = Field(None, ge=1, le=MOST_S, description=_RANGE)
    chosen_time: str | None = Field(None, description=_CHOSEN)


class LatencyQuery(SpanQuery):
    """/api/v1/latency and /api/v1/anomalies: one of the two times has to be given."""

    protocol: ProtocolName | None = Field(None, description=_PROTOCOL)


class GeolocQuery(AgentQuery):
    """/api/v1/geoloc."""

    time_range: int | None = Field(
        None, ge=1, le=MOST_S, description=f"{_RANGE}; without it the latest of the last minute"
    )


class AgentsQuery(CustomerQuery):
    """/api/v1/agents."""

    metadata: Literal["true", "false"] = Field("false", description="use true or false: names and places too")


class TrendsQuery(AgentQuery):
    """/api/v1/trends."""

    lookback_days: int = Field(7, ge=1, le=90, description=_DAYS)


class HealthReportQuery(CustomerQuery):
    """/api/v1/health-report."""

    report_period: Literal["daily", "weekly", "monthly"] = Field(
        "daily", description="use one of daily, weekly, monthly"
    )
    include_recommendations: Literal["true", "false"] = Field("true", description="use true or false")


class RankingsQuery(CustomerQuery):
    """/api/v1/agent-rankings."""

    metric: Literal["latency", "stability", "connectivity_health", "overall"] = Field(
        "overall", description="use one of latency, stability, connectivity_health, overall"
    )
    time_range: int = Field(86_400, ge=1, le=MOST_S, description=_RANGE)


class CorrelationQuery(CustomerQuery):
    """/api/v1/correlation-analysis."""

    correlation_threshold: float = Field(
        0.7, ge=0, le=1, description="write a number from 0 to 1: how alike two agents have to be"
    )
    time_range: int = Field(7200, ge=1, le=MOST_S, description=_RANGE)


class AlertsQuery(CustomerQuery):
    """/api/v1/degradation-alerts."""

    severity_threshold: float = Field(
        20, ge=0, le=1_000_000, description="write a percentage, 0 or more: by how much an agent has to be slower"
    )
    lookback_days: int = Field(3, ge=1, le=90, description=_DAYS)
