"""What is normal on an uplink."""

from datetime import datetime

from ispstatus.analytics.stats import median
from ispstatus.model.decision import Baseline
from ispstatus.model.series import Protocol
from ispstatus.queries.reader import Reader
from ispstatus.store import hours

_DAY_S = 86_400
_SEVEN_DAYS_S = 7 * _DAY_S


def baseline_of(reader: Reader, uplink_id: int, now: datetime) -> Baseline:
    """Return the seven-day medians of an uplink, None until its first hour is over.

    The median of the hours' medians (latency) and means (jitter) over every target of the stream:
    a bad evening does not move it.
    """
    now_ts = int(now.timestamp())
    days = ((start_ts, start_ts + _DAY_S) for start_ts in range(now_ts - _SEVEN_DAYS_S, now_ts, _DAY_S))
    known = [hour for day in days for _, _, hour in hours.of_protocol(reader.db(), uplink_id, Protocol.ICMP, *day)]
    latency_us = median([hour.median_us for hour in known if hour.median_us is not None])
    jitter_us = median([hour.sums.steps_us / hour.sums.steps for hour in known if hour.sums.steps])
    return Baseline(
        latency_ms=None if latency_us is None else latency_us / 1000,
        jitter_ms=None if jitter_us is None else jitter_us / 1000,
    )
