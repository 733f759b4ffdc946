"""How the agents did over a day, a week or a month."""

from collections.abc import Collection
from datetime import datetime

from ispstatus.analytics.health_report import HealthReport, Period, health_report, report_window
from ispstatus.analytics.latency import line_ms
from ispstatus.analytics.speaking import speakers, sums_of
from ispstatus.queries.insight.parts import parts_between
from ispstatus.queries.reader import Reader


def report(reader: Reader, agent_ids: Collection[int], now: datetime, period: Period) -> HealthReport:
    """Return the report over these agents; a month begins with a full hour."""
    parts = parts_between(reader, agent_ids, report_window(now, period))
    return health_report({agent_id: line_ms(sums_of(speakers(of_agent))) for agent_id, of_agent in parts.items()})
