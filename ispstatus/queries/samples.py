"""Stream samples, and what is normal on an uplink."""

from collections.abc import Iterator
from datetime import datetime

from ispstatus.analytics.stats import median
from ispstatus.model.decision import Baseline
from ispstatus.model.record import EchoRun
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import samples

_DAY_S = 86_400
_SEVEN_DAYS_S = 7 * _DAY_S


def baseline_of(reader: Reader, uplink_id: int, now: datetime) -> Baseline:
    """Return the seven-day medians of an uplink, None until its first hour is over.

    The median of the hours' medians (latency) and means (jitter) over every target: a bad evening does not move it.
    """
    now_ts = int(now.timestamp())
    days = ((start_ts, start_ts + _DAY_S) for start_ts in range(now_ts - _SEVEN_DAYS_S, now_ts, _DAY_S))
    hours = [figures for day in days for _, _, figures in samples.hours(reader.db(), uplink_id, *day)]
    latency_us = median([hour.rtt_median_us for hour in hours if hour.rtt_median_us is not None])
    jitter_us = median([hour.jitter_sum_us / hour.jitter_count for hour in hours if hour.jitter_count])
    return Baseline(
        latency_ms=None if latency_us is None else latency_us / 1000,
        jitter_ms=None if jitter_us is None else jitter_us / 1000,
    )


def echo_runs(reader: Reader, uplink_id: int, window: Window) -> Iterator[EchoRun]:
    """Yield the stored echoes of an uplink's minutes that start in ``window``, oldest first, in pages.

    Everything of the last 48 hours, and from two minutes before to two minutes after every outage.
    """
    after = (0, 0)
    while page := samples.runs_between(reader.db(), uplink_id, window.start_ts, window.end_ts, after):
        for ts, series, run in page:
            yield run
            after = ts, series
