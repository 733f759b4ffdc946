"""Half minutes of every series."""

import json
from collections.abc import Collection, Iterable

from ispstatus.model.series import Aggregate, HalfMinute
from ispstatus.store.db import Db, Row

HALF_MINUTE = 30
_MEAN = "(2 * sum_us + sent - lost) / (2 * (sent - lost))"
"""The mean of the answers in whole microseconds."""
_FOUND = (
    "WITH RECURSIVE moment(ts) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL SELECT ts + 30 FROM moment WHERE ts + 30 < ?2)"
    " SELECT sample_30s.{} FROM moment CROSS JOIN json_each(?3) AS number"
    " CROSS JOIN sample_30s ON sample_30s.ts = moment.ts AND series_id = number.value {}"
)


BySeries = dict[int, list[tuple[int, HalfMinute]]]
"""``(ts, half minute)``, oldest first, by series."""


def put(db: Db, rows: Iterable[tuple[int, int, HalfMinute]]) -> None:
    """Store ``(ts, series_id, half minute)``, replacing what is there."""
    db.many(
        "INSERT OR REPLACE INTO sample_30s VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(ts, series, *half.sums, half.median_us, half.is_flagged) for ts, series, half in rows],
    )


def of_series(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> BySeries:
    """Return the half minutes of some series in ``[start_ts, end_ts)``.

    Each is found by its key, so that it costs the same whatever else is stored.
    """
    found: BySeries = {}
    for ts, number, *sums, median_us, is_flagged in db.rows(_FOUND.format("*", ""), _keys(numbers, start_ts, end_ts)):
        found.setdefault(number, []).append((ts, HalfMinute(Aggregate(*sums), median_us, bool(is_flagged))))
    return found


def means_between(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> dict[int, list[int]]:
    """Return the means of the half minutes of some series in whole microseconds; without an answer there is none."""
    found: dict[int, list[int]] = {}
    for number, mean_us in db.rows(
        _FOUND.format(f"series_id, {_MEAN}", "WHERE sent > lost"), _keys(numbers, start_ts, end_ts)
    ):
        found.setdefault(number, []).append(mean_us)
    return found


def five_minutes(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> list[Row]:
    """Return ``(series_id, ts, mean_us)`` of the aligned five minutes of some series that had an answer."""
    return db.rows(
        "SELECT series_id, ts - ts % 300, (2 * sum(sum_us) + sum(sent - lost)) / (2 * sum(sent - lost))"
        " FROM sample_30s WHERE ts >= ? AND ts < ? AND sent > lost AND series_id IN (SELECT value FROM json_each(?))"
        " GROUP BY 1, 2",
        (start_ts, end_ts, json.dumps(sorted(numbers))),
    )


def heard(db: Db, since_ts: int) -> dict[int, int]:
    """Return the end of the newest half minute from ``since_ts`` on, by agent; agents without one are absent."""
    return dict(
        db.rows(
            "SELECT uplink_id, max(ts) + 30 FROM sample_30s JOIN series ON series.id = series_id"
            " WHERE ts >= ? GROUP BY uplink_id",
            (since_ts,),
        )
    )


def means(db: Db, start_ts: int) -> list[Row]:
    """Return ``(series_id, ts, mean_us)`` from ``start_ts`` on, oldest first; those without an answer are left out."""
    return db.rows(
        f"SELECT series_id, ts, {_MEAN} FROM sample_30s WHERE ts >= ? AND sent > lost ORDER BY ts",  # noqa: S608
        (start_ts,),
    )


def means_of(db: Db, series: int, start_ts: int) -> list[Row]:
    """Return ``(ts, mean_us)`` of one series from ``start_ts`` on, oldest first, likewise."""
    return db.rows(
        f"SELECT ts, {_MEAN} FROM sample_30s"  # noqa: S608
        " WHERE ts >= ? AND +series_id = ? AND sent > lost ORDER BY ts",
        (start_ts, series),
    )


def _keys(numbers: Collection[int], start_ts: int, end_ts: int) -> Row:
    return -(-start_ts // HALF_MINUTE) * HALF_MINUTE, end_ts, json.dumps(sorted(numbers))
