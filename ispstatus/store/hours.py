"""Hours of every series, and the days they add up to."""

import json
from collections.abc import Collection, Mapping, Sequence
from struct import pack, unpack

from ispstatus.model.series import Aggregate, Events, Hour, Protocol
from ispstatus.store.db import Db, Row

HOUR = 3600
DAY = 86_400
HALF_MINUTES_S = 8 * DAY
"""For how long half minutes are kept."""
Means = tuple[int | None, ...]
_NONE = -1
_FOUND = (
    "WITH RECURSIVE moment(ts) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL SELECT ts + 3600 FROM moment WHERE ts + 3600 < ?2)"
    " SELECT sample_hour.{} FROM moment CROSS JOIN json_each(?3) AS number"
    " CROSS JOIN sample_hour ON sample_hour.ts = moment.ts AND series_id = number.value"
)


def put_hour(db: Db, ts: int, hours: Mapping[int, Hour]) -> None:
    """Store one hour, by series, replacing what is there."""
    db.many(
        "INSERT OR REPLACE INTO sample_hour VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(ts, series, *_row_of(hour)) for series, hour in hours.items()],
    )


def unsummed(db: Db, before_ts: int) -> list[int]:
    """Return the hours before ``before_ts`` that have half minutes newer than the last summed hour."""
    last_ts = db.value("SELECT max(ts) FROM sample_hour WHERE ts < ?", (before_ts,))
    since_ts = 0 if last_ts is None else last_ts + HOUR
    rows = db.rows(
        "SELECT DISTINCT ts - ts % 3600 FROM sample_30s WHERE ts >= ? AND ts < ?",
        (since_ts, before_ts - before_ts % HOUR),
    )
    return [row[0] for row in rows]


def newest_ts(db: Db) -> int:
    """Return the start of the newest summed hour; long before anything without one."""
    return int(db.value("SELECT ifnull(max(ts), -3600) FROM sample_hour"))


def split(db: Db, start_ts: int, end_ts: int) -> tuple[int, int, int, int]:
    """Return where a window starts, where its whole hours that are summed start and end, and where it ends.

    What lies between the first two and the last two is read from half minutes. There are none from before eight days
    ago: such a window starts with a full hour.
    """
    summed_ts = newest_ts(db) + HOUR
    first_hour_ts = -(-start_ts // HOUR) * HOUR
    if start_ts < summed_ts - HALF_MINUTES_S:
        start_ts = first_hour_ts
    last_hour_ts = min(end_ts - end_ts % HOUR, summed_ts)
    if first_hour_ts >= last_hour_ts:
        return start_ts, end_ts, end_ts, end_ts
    return start_ts, first_hour_ts, last_hour_ts, end_ts


def of_protocol(db: Db, agent_id: int, protocol: Protocol, start_ts: int, end_ts: int) -> list[tuple[int, str, Hour]]:
    """Return ``(ts, target, hour)`` of an agent's public targets in ``[start_ts, end_ts)``, oldest first."""
    rows = db.rows(
        "SELECT target, sample_hour.* FROM sample_hour JOIN series ON series.id = series_id"
        " AND uplink_id = ?3 AND protocol = ?4 AND NOT is_own WHERE ts >= ?1 AND ts < ?2 ORDER BY ts, series_id",
        (start_ts, end_ts, agent_id, protocol.value),
    )
    return [(ts, target, hour_of(columns)) for target, ts, _series, *columns in rows]


def of_series(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> dict[int, list[tuple[int, Hour]]]:
    """Return ``(ts, hour)`` of some series in ``[start_ts, end_ts)``, oldest first; ``start_ts`` begins an hour."""
    found: dict[int, list[tuple[int, Hour]]] = {}
    for ts, number, *columns in db.rows(_FOUND.format("*"), (start_ts, end_ts, _listed(numbers))):
        found.setdefault(number, []).append((ts, hour_of(columns)))
    return found


def packed_means(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> list[tuple[int, int, bytes]]:
    """Return ``(ts, series_id, means of five minutes)``, oldest first; hours of which nobody kept them are left out.

    Packed, as most are only counted: ``answered`` and ``means_of`` say what is in them.
    """
    rows = db.rows(_FOUND.format("ts, series_id, means"), (start_ts, end_ts, _listed(numbers)))
    return [(ts, number, means) for ts, number, means in rows if means is not None]


def sum_day(db: Db, ts: int) -> None:
    """Add up the hours of the UTC day that starts at ``ts``, replacing what is there."""
    db.run(
        "INSERT OR REPLACE INTO sample_day SELECT ?1, series_id, sum(sent), sum(lost), sum(sum_us), sum(squares_us2),"
        " sum(windows), sum(anomalous) FROM sample_hour WHERE ts >= ?1 AND ts < ?2 GROUP BY series_id",
        (ts, ts + DAY),
    )


def hour_of(columns: Sequence[int | bytes | None]) -> Hour:
    """Return what the columns of an hour after its key say."""
    sums, (median_us, *events, spread_us, means) = columns[:10], columns[10:]
    return Hour(
        sums=Aggregate(*sums),  # type: ignore[arg-type]
        median_us=median_us,  # type: ignore[arg-type]
        events=Events(*events),  # type: ignore[arg-type]
        spread_us=spread_us,  # type: ignore[arg-type]
        means_us=means_of(means),  # type: ignore[arg-type]
    )


def answered(packed: bytes) -> int:
    """Return of how many five minutes there is a mean. No mean has a byte 255 at its end, so none is cut in two."""
    return len(packed) // 4 - packed.count(b"\xff" * 4)


def means_of(packed: bytes | None) -> Means:
    """Return the means of an hour's five minutes, None without an answer; empty where nobody kept them."""
    if packed is None:
        return ()
    return tuple(None if mean == _NONE else mean for mean in unpack(f"<{len(packed) // 4}i", packed))


def _listed(numbers: Collection[int]) -> str:
    return json.dumps(sorted(numbers))


def _row_of(hour: Hour) -> Row:
    events = hour.events
    means = [_NONE if mean is None else mean for mean in hour.means_us]
    return (
        *hour.sums,
        hour.median_us,
        events.windows,
        events.anomalous,
        events.eventful,
        events.head,
        events.tail,
        events.longest,
        hour.spread_us,
        pack(f"<{len(means)}i", *means) if means else None,
    )
