"""Raw samples: one packed run per series and minute."""

import json
from collections.abc import Collection, Iterable

from ispstatus.store.db import Db, Row
from ispstatus.store.runs import unpack_run


def run_of(db: Db, ts: int, series: int) -> tuple[tuple[int, ...], tuple[int | None, ...]] | None:
    """Return the stored ``(offsets_ms, rtts_us)`` of one minute, None if there is none."""
    packed = db.value("SELECT run FROM sample WHERE ts = ? AND series_id = ?", (ts, series))
    return None if packed is None else unpack_run(packed)


def series_at(db: Db, ts: int) -> set[int]:
    """Return the series of which one minute is stored."""
    return {row[0] for row in db.rows("SELECT series_id FROM sample WHERE ts = ?", (ts,))}


def put_runs(db: Db, rows: Iterable[tuple[int, int, bytes]]) -> None:
    """Store ``(ts, series_id, packed run)``, replacing what is there."""
    db.many("INSERT OR REPLACE INTO sample VALUES (?, ?, ?)", rows)


def newest_ts(db: Db, numbers: Collection[int], since_ts: int) -> int | None:
    """Return the start of the newest stored minute of some series, from ``since_ts`` on; None without one."""
    newest: int | None = db.value(
        "SELECT max(ts) FROM sample WHERE ts >= ? AND series_id IN (SELECT value FROM json_each(?))",
        (since_ts, json.dumps(sorted(numbers))),
    )
    return newest


def runs_between(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> list[Row]:
    """Return ``(ts, series_id, offsets_ms, rtts_us)`` of the minutes in ``[start_ts, end_ts)``, oldest first.

    ``start_ts`` begins a minute. Each is found by its key, so that it costs the same whatever else is stored.
    """
    rows = db.rows(
        "WITH RECURSIVE moment(ts) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL SELECT ts + 60 FROM moment WHERE ts + 60 < ?2)"
        " SELECT sample.* FROM moment CROSS JOIN json_each(?3) AS number"
        " CROSS JOIN sample ON sample.ts = moment.ts AND series_id = number.value",
        (start_ts, end_ts, json.dumps(sorted(numbers))),
    )
    return [(ts, number, *unpack_run(run)) for ts, number, run in rows]
