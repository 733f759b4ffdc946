"""The means of several series side by side, of half minutes or of hours."""

from collections.abc import Sequence

from ispstatus.store.db import Db, Row
from ispstatus.store.half_minutes import HALF_MINUTE

_TABLES = {HALF_MINUTE: "sample_30s", 3600: "sample_hour"}
_MOMENTS = (
    "WITH RECURSIVE moment(ts) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL SELECT ts + ?3 FROM moment WHERE ts + ?3 < ?2)"
)
_MEAN = "(2 * {0}.sum_us + {0}.sent - {0}.lost) / nullif(2 * ({0}.sent - {0}.lost), 0)"
_JOIN = "LEFT JOIN {1} AS {0} ON {0}.ts = moment.ts AND {0}.series_id = {2}"


def side_by_side(db: Db, step_s: int, numbers: Sequence[int], start_ts: int, end_ts: int) -> list[Row]:
    """Return ``(ts, mean, mean, ...)`` of each step that starts in ``[start_ts, end_ts)``, oldest first.

    ``step_s`` is a half minute or an hour. Means are whole microseconds in the order of ``numbers``, None without an
    answer; steps without any are left out. Each is found by its key, so that it costs the same whatever else is stored.
    """
    columns, tables = [], []
    for place, number in enumerate(numbers):
        columns.append(_MEAN.format(f"m{place}"))
        tables.append(_JOIN.format(f"m{place}", _TABLES[step_s], int(number)))
    rows = db.rows(
        f"{_MOMENTS} SELECT moment.ts, {', '.join(columns)} FROM moment {' '.join(tables)}",  # noqa: S608  numbers are numbers
        (-(-start_ts // step_s) * step_s, end_ts, step_s),
    )
    return [row for row in rows if any(mean is not None for mean in row[1:])]
