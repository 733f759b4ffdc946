"""Raw samples: one packed run per series and minute."""

from collections.abc import Iterable, Sequence

from ispstatus.store.db import Db, Row
from ispstatus.store.runs import pack_run, unpack_run


def run_of(db: Db, ts: int, series: int) -> tuple[tuple[int, ...], tuple[int | None, ...]] | None:
    """Return the stored ``(offsets_ms, rtts_us)`` of one minute, None if there is none."""
    packed = db.value("SELECT run FROM sample WHERE ts = ? AND series_id = ?", (ts, series))
    return None if packed is None else unpack_run(packed)


def series_at(db: Db, ts: int) -> set[int]:
    """Return the series of which one minute is stored."""
    return {row[0] for row in db.rows("SELECT series_id FROM sample WHERE ts = ?", (ts,))}


def put_run(db: Db, ts: int, series: int, run: tuple[Sequence[int], Sequence[int | None]]) -> None:
    """Store one minute of samples, replacing what is there."""
    put_runs(db, [(ts, series, pack_run(*run))])


def put_runs(db: Db, rows: Iterable[tuple[int, int, bytes]]) -> None:
    """Store ``(ts, series_id, packed run)``, replacing what is there."""
    db.many("INSERT OR REPLACE INTO sample VALUES (?, ?, ?)", rows)


def runs_between(db: Db, agent_id: int, start_ts: int, end_ts: int, limit: int, after: tuple[int, int]) -> list[Row]:
    """Return ``(ts, series_id, offsets_ms, rtts_us)`` of an agent's minutes in ``[start_ts, end_ts)``, oldest first.

    Recent samples and those kept with an outage alike; at most ``limit`` after ``(ts, series_id)``.
    """
    rows = db.rows(
        "SELECT ts, series_id, run FROM ("
        " SELECT * FROM sample WHERE ts >= ?1 AND ts < ?2 UNION ALL"
        " SELECT * FROM sample_kept WHERE ts >= ?1 AND ts < ?2)"
        " WHERE series_id IN (SELECT id FROM series WHERE uplink_id = ?3)"
        " AND (ts, series_id) > (?4, ?5) ORDER BY ts, series_id LIMIT ?6",
        (start_ts, end_ts, agent_id, *after, limit),
    )
    return [(ts, series, *unpack_run(run)) for ts, series, run in rows]
