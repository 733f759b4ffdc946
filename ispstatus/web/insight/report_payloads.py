"""The JSON shapes of what is made of the measurements: latencies in milliseconds with two digits, changes and scores
with one."""

from collections.abc import Sequence
from datetime import datetime

from ispstatus.analytics.anomalies import AnomalyReport, ProtocolAnomalies
from ispstatus.analytics.correlation import Pattern
from ispstatus.analytics.health_report import HealthReport
from ispstatus.analytics.rankings import Ranked, Ranking
from ispstatus.analytics.trends import Degradation, Trend
from ispstatus.model.series import Protocol
from ispstatus.queries.insight.correlation import Correlation
from ispstatus.web.insight.params import AlertsQuery, CorrelationQuery
from ispstatus.web.insight.payloads import Body, rounded
from ispstatus.web.shared.times import utc


def anomalies(report: AnomalyReport, wanted: Protocol | None) -> Body:
    """Return the protocols that were measured, the wanted one in any case, and whether anything stood out."""
    names = {*report.protocols, *([wanted] if wanted else [])}
    protocols = {name.value: _protocol_anomalies(report.protocols.get(name)) for name in sorted(names)}
    return {**protocols, "anomaliesDetected": report.is_anomaly, "summary": report.summary}


def _protocol_anomalies(one: ProtocolAnomalies | None) -> Body:
    if one is None:
        return dict.fromkeys(("anomaly_mad", "drops", "latency", "anomaly_distribution"))
    return {
        "anomaly_mad": rounded(one.anomaly_mad_ms),
        "drops": one.drops,
        "latency": rounded(one.latency_ms),
        "anomaly_distribution": rounded(one.anomaly_distribution_pct),
    }


def trend(found: Trend) -> Body:
    """Return the last hour against the days before."""
    return {
        "currentLatency": rounded(found.current_ms),
        "baselineLatency": rounded(found.baseline_ms),
        "trendPercentage": rounded(found.change_pct, 1),
        "status": found.status.value,
    }


def health_report(report: HealthReport, *, with_recommendations: bool) -> Body:
    """Return the report; without recommendations the key is not there."""
    body: Body = {
        "summary": {
            "totalAgents": len(report.agents),
            "healthDistribution": {grade.value.lower(): count for grade, count in report.distribution.items()},
            "overallScore": rounded(report.score, 1),
        },
        "agentDetails": [
            {"agentID": str(one.agent_id), "avgLatency": rounded(one.latency_ms), "status": one.grade.value}
            for one in report.agents
        ],
    }
    return body | ({"recommendations": list(report.recommendations)} if with_recommendations else {})


def ranking(found: Ranking) -> Body:
    """Return the places, best first, and the first and the last of them again."""
    return {
        "totalAgents": found.total,
        "rankings": [_ranked(one) for one in found.ranked],
        "topPerformer": _ranked(found.top) if found.top else None,
        "bottomPerformer": _ranked(found.bottom) if found.bottom else None,
    }


def _ranked(one: Ranked) -> Body:
    return {
        "agentID": str(one.agent_id),
        "avgLatency": rounded(one.latency_ms),
        "performanceScore": rounded(one.score, 1),
        "rank": one.rank,
    }


def correlation(query: CorrelationQuery, now: datetime, found: Correlation) -> Body:
    """Return the patterns, and what was looked at to find them."""
    return {
        "time": utc(now),
        "correlationThreshold": query.correlation_threshold,
        "timeRangeSeconds": query.time_range,
        "totalAgentsAnalyzed": found.analysed,
        "patternsFound": len(found.patterns),
        "patterns": [_pattern(one) for one in found.patterns],
    }


def _pattern(found: Pattern) -> Body:
    return {
        "description": found.description,
        "affectedAgents": [str(agent_id) for agent_id in found.agents],
        "correlationStrength": rounded(found.strength),
        "patternType": found.type.value,
        "severity": found.severity.value,
        "recommendation": found.recommendation,
    }


def alerts(query: AlertsQuery, now: datetime, found: Sequence[Degradation]) -> Body:
    """Return the agents that became slower, and by what they were judged."""
    return {
        "time": utc(now),
        "alertCount": len(found),
        "severityThreshold": query.severity_threshold,
        "daysLookback": query.lookback_days,
        "alerts": [_alert(one) for one in found],
    }


def _alert(found: Degradation) -> Body:
    return {
        "agentID": str(found.agent_id),
        "degradationPercent": rounded(found.change_pct, 1),
        "currentLatency": rounded(found.current_ms),
        "baselineLatency": rounded(found.baseline_ms),
        "severity": found.severity.value,
        "message": found.message,
    }
