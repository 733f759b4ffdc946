"""What samples add up to over any window: from whole days, whole hours, and half minutes at the edges."""

import json
from collections.abc import Collection

from ispstatus.model.series import Aggregate, Events
from ispstatus.store import hours
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY

_ADDED = (
    "SELECT series_id, sum(sent), sum(lost), sum(sum_us), sum(squares_us2 >> 32), sum(squares_us2 & 4294967295), {}"
    " FROM {} WHERE ts >= ?1 AND ts < ?2 AND (?3 IS NULL OR series_id IN (SELECT value FROM json_each(?3)))"
    " GROUP BY series_id"
)
"""Squares are added in two halves: over a quarter of a year they outgrow SQLite's integers."""
_HALVES = _ADDED.format("count(*), sum(is_flagged)", "sample_30s")
_HOURS = _ADDED.format("sum(windows), sum(anomalous)", "sample_hour")
_DAYS = _ADDED.format("sum(windows), sum(anomalous)", "sample_day")

_Counts = tuple[int, int, int, int, int, int]


def between(
    db: Db, start_ts: int, end_ts: int, numbers: Collection[int] | None = None
) -> dict[int, tuple[Aggregate, Events]]:
    """Return the sums of ``[start_ts, end_ts)`` by series, of all or of those numbered; half minutes are not cut.

    Only what adds up in any order: no extremes and no steps, and of events how many there were, not how they lay.
    """
    wanted = None if numbers is None else json.dumps(sorted(numbers))
    found: dict[int, _Counts] = {}
    for sql, first_ts, last_ts in _pieces(db, start_ts, end_ts):
        for series, sent, lost, sum_us, high, low, windows, anomalous in db.rows(sql, (first_ts, last_ts, wanted)):
            counts = (sent, lost, sum_us, (high << 32) + low, windows, anomalous)
            before = found.get(series)
            found[series] = counts if before is None else tuple(map(int.__add__, before, counts))  # type: ignore[assignment]
    return {series: _sums(counts) for series, counts in found.items()}


def _pieces(db: Db, start_ts: int, end_ts: int) -> list[tuple[str, int, int]]:
    """Return which table is asked for which part of a window."""
    start_ts, first_hour_ts, last_hour_ts, end_ts = hours.split(db, start_ts, end_ts)
    first_day_ts = -(-first_hour_ts // DAY) * DAY
    last_day_ts = last_hour_ts - last_hour_ts % DAY
    if first_day_ts >= last_day_ts:
        whole = [(_HOURS, first_hour_ts, last_hour_ts)]
    else:
        whole = [
            (_HOURS, first_hour_ts, first_day_ts),
            (_DAYS, first_day_ts, last_day_ts),
            (_HOURS, last_day_ts, last_hour_ts),
        ]
    return [(_HALVES, start_ts, first_hour_ts), *whole, (_HALVES, last_hour_ts, end_ts)]


def _sums(counts: _Counts) -> tuple[Aggregate, Events]:
    sent, lost, sum_us, squares_us2, windows, anomalous = counts
    return Aggregate(sent, lost, sum_us, squares_us2=squares_us2), Events(windows, anomalous)
