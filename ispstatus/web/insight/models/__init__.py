"""What the family's answers look like: the source of its OpenAPI documents and of the tests of its answers.

Answers are built by ``payloads``. Imported only by whoever describes answers.
"""

from ispstatus.web.insight.models.agent import (
    CiAnswer,
    CiV2Answer,
    ForecastAnswer,
    GeolocAnswer,
    GeolocHistory,
    IperfAnswer,
    LatencyRows,
    LatencyTable,
    LifbeAnswer,
    RadioAnswer,
    RadioHistory,
    TwampAnswer,
)
from ispstatus.web.insight.models.insight import (
    AgentsAnswer,
    AlertsAnswer,
    AnomaliesAnswer,
    CorrelationAnswer,
    HealthReportAnswer,
    IngestAnswer,
    NetworksAnswer,
    RankingsAnswer,
    TrendsAnswer,
)
from ispstatus.web.insight.models.words import Error

__all__ = [
    "AgentsAnswer",
    "AlertsAnswer",
    "AnomaliesAnswer",
    "CiAnswer",
    "CiV2Answer",
    "CorrelationAnswer",
    "Error",
    "ForecastAnswer",
    "GeolocAnswer",
    "GeolocHistory",
    "HealthReportAnswer",
    "IngestAnswer",
    "IperfAnswer",
    "LatencyRows",
    "LatencyTable",
    "LifbeAnswer",
    "NetworksAnswer",
    "RadioAnswer",
    "RadioHistory",
    "RankingsAnswer",
    "TrendsAnswer",
    "TwampAnswer",
]
