"""What ``/openapi/insight.yaml`` says. ``make openapi`` writes the file from this; the daemon never loads it."""

from typing import Any

from ispstatus import __version__
from ispstatus.web.insight import models, params
from ispstatus.web.insight.pushes import Push
from ispstatus.web.shared.credentials import KEY_HEADER
from ispstatus.web.shared.openapi import Endpoint, document

WORDS = (
    "What was measured of each uplink and agent, protocol by protocol, and what is made of it. Every number is measured"
    " on the uplink it speaks for, or null. What each of them is: docs/reference/insight-numbers.md."
)
PROBLEMS = {
    "400": "A parameter is missing or not acceptable; `error` says which, or what would be accepted",
    "401": "No key, or one that is not known",
    "403": "This client is not let in (`rule` names the rule), or its key is not for this",
    "404": "No such customer or agent; `known` lists them",
    "429": "The database does not keep up; `Retry-After` says when to try again",
    "503": "What is stored cannot be read now",
}


def described() -> Any:
    """Return the family's document as JSON-ready values."""
    return document("Insight", __version__, WORDS, endpoints(), models.Error, problems=PROBLEMS, key_header=KEY_HEADER)


def endpoints() -> tuple[Endpoint, ...]:
    """Return every endpoint of the family."""
    about = ("400", "401", "403", "404", "503")
    ci = "Connectivity of one agent now"
    return (
        Endpoint("/api/v1/ci", ci, params.AgentQuery, (models.CiAnswer,), errors=about),
        *(
            Endpoint(path, f"{ci}, without what is expected", params.AgentQuery, (models.CiV2Answer,), errors=about)
            for path in ("/v2/ci", "/api/v2/ci")
        ),
        Endpoint("/api/v1/lifbe", "The newest packet trains of one agent", params.AgentQuery, (models.LifbeAnswer,),
                 errors=about),
        Endpoint("/api/v1/latency", "Round trips of one agent: every sample with `protocol`, else means of 5 s",
                 params.LatencyQuery, (models.LatencyRows, models.LatencyTable), errors=about),
        Endpoint("/api/v1/geoloc", "Where an agent is, or with `time_range` was", params.GeolocQuery,
                 (models.GeolocAnswer, models.GeolocHistory), errors=about),
        Endpoint("/api/v1/twamp", "The newest one-way deltas of one agent", params.AgentQuery, (models.TwampAnswer,),
                 errors=about),
        Endpoint("/api/v1/forecast", "The latency of one agent's next minute", params.AgentQuery,
                 (models.ForecastAnswer,), errors=about),
        Endpoint("/api/v1/radio", "A modem's radio now, or over a time", params.SpanQuery,
                 (models.RadioAnswer, models.RadioHistory), errors=about),
        Endpoint("/api/v1/networks", "The customers of whom anything was measured in the last hour", None,
                 (models.NetworksAnswer,), errors=("401", "403", "503")),
        Endpoint("/api/v1/agents", "The agents that are measuring now", params.AgentsQuery, (models.AgentsAnswer,),
                 errors=about),
        Endpoint("/api/v1/anomalies", "What was out of the ordinary of one agent", params.LatencyQuery,
                 (models.AnomaliesAnswer,), errors=about),
        Endpoint("/api/v1/trends", "The last hour of one agent against the days before", params.TrendsQuery,
                 (models.TrendsAnswer,), errors=about),
        Endpoint("/api/v1/health-report", "Every agent's latency over a day, a week or a month, graded",
                 params.HealthReportQuery, (models.HealthReportAnswer,), errors=about),
        Endpoint("/api/v1/agent-rankings", "The agents in order of performance", params.RankingsQuery,
                 (models.RankingsAnswer,), errors=about),
        Endpoint("/api/v1/correlation-analysis", "Agents whose latency moves together", params.CorrelationQuery,
                 (models.CorrelationAnswer,), errors=about),
        Endpoint("/api/v1/degradation-alerts", "Agents that became slower", params.AlertsQuery, (models.AlertsAnswer,),
                 errors=about),
        Endpoint("/api/v1/iperf", "The newest iperf3 tests of one agent", params.AgentQuery, (models.IperfAnswer,),
                 errors=about),
        Endpoint("/api/v1/ingest", "Take what a remote agent measured (own addition)", None, (models.IngestAnswer,),
                 errors=("400", "401", "403", "429", "503"), body=Push),
    )  # fmt: skip
