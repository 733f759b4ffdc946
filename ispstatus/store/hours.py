"""Hours of every series, and the days they add up to."""

from collections.abc import Mapping, Sequence
from struct import pack, unpack

from ispstatus.model.series import Aggregate, Events, Hour, Protocol
from ispstatus.store.db import Db, Row
from ispstatus.store.half_minutes import columns_of

HOUR = 3600
DAY = 86_400
_NONE = -1


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


def of_protocol(db: Db, agent_id: int, protocol: Protocol, start_ts: int, end_ts: int) -> list[tuple[int, str, Hour]]:
    """Return ``(ts, target, hour)`` of an agent's public targets in ``[start_ts, end_ts)``, oldest first."""
    rows = db.rows(
        "SELECT target, sample_hour.* FROM sample_hour JOIN series ON series.id = series_id"
        " AND uplink_id = ?3 AND protocol = ?4 AND NOT is_own WHERE ts >= ?1 AND ts < ?2 ORDER BY ts, series_id",
        (start_ts, end_ts, agent_id, protocol.value),
    )
    return [(ts, target, hour_of(columns)) for target, ts, _series, *columns in rows]


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


def means_of(packed: bytes | None) -> tuple[int | None, ...]:
    """Return the means of an hour's five minutes, None without an answer; empty where nobody kept them."""
    if packed is None:
        return ()
    return tuple(None if mean == _NONE else mean for mean in unpack(f"<{len(packed) // 4}i", packed))


def _row_of(hour: Hour) -> Row:
    events = hour.events
    means = [_NONE if mean is None else mean for mean in hour.means_us]
    return (
        *columns_of(hour.sums),
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
