"""What an agent's modem said, and where the agent was, with the latency it had there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ispstatus.analytics.latency import mean_of
from ispstatus.model.radio import PositionFix, RadioReading
from ispstatus.model.series import APPLICATION
from ispstatus.model.window import Window
from ispstatus.queries.insight.latency import latency_pivot
from ispstatus.queries.reader import Reader
from ispstatus.store import positions, radio

RADIO_S = 10
POSITION_S = 60
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agent was, and its application latency of the minute (longer ago: half minute, hour) it was there."""

    fix: PositionFix
    application_latency_ms: float | None


def newest_reading(reader: Reader, agent_id: int, now: datetime, within_s: float = RADIO_S) -> RadioReading | None:
    """Return the newest reading; ``within_s`` is longer for a modem that is asked less often."""
    return radio.newest(reader.db(), agent_id, int(now.timestamp() - within_s))


def readings(reader: Reader, agent_id: int, window: Window) -> Sequence[RadioReading]:
    """Return the first readings of a window, oldest first."""
    return radio.between(reader.db(), agent_id, window.start_ts, window.end_ts, MOST_ROWS)


def newest_fix(reader: Reader, agent_id: int, now: datetime, within_s: float = POSITION_S) -> PositionFix | None:
    """Return where an agent was last."""
    return positions.newest(reader.db(), agent_id, int(now.timestamp() - within_s))


def places(reader: Reader, agent_id: int, window: Window, now: datetime) -> list[Place]:
    """Return where an agent was in a window, oldest first."""
    fixes = positions.between(reader.db(), agent_id, window.start_ts, window.end_ts, MOST_ROWS)
    if not fixes:
        return []
    found = latency_pivot(reader, agent_id, window, now, protocols=APPLICATION, least_s=POSITION_S)
    means = {ts: mean_of(means_us) for ts, *means_us in found.rows}
    return [Place(fix, _ms(means.get(fix.ts - fix.ts % found.bucket_s))) for fix in fixes]


def _ms(us: float | None) -> float | None:
    return None if us is None else us / 1000
