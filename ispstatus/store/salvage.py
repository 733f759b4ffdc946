"""Carry over what can still be read of a damaged database.

What is small and dear (uplinks, outages, transitions) is carried over at once; the long tables follow slice by slice,
newest first, while the writer has nothing else to do. How far they got is noted in the new file.
"""
# ruff: noqa: S608  every name put into SQL here is a constant of this file, or a column of our own schema

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ispstatus.model.errors import StorageError
from ispstatus.store import hours, meta, uplinks
from ispstatus.store.db import Db, Row, open_reader

_DEAR = {
    "uplink": "id",
    "agent": "id",
    "standing": "uplink_id",
    "series": "id",
    "outage": "id",
    "trace": "id",
    "transition": "id",
    "engine_event": "id",
    "quarantine": "id",
    "api_key": "id",
}
_WHOLE = ("maintenance", "bytes_spent")
_LONG = (
    "bucket",
    "minute",
    "minute_before",
    "throughput",
    "sample_day",
    "pair_day",
    "sample_hour",
    "health_hour",
    "sample_kept",
    "sample",
    "sample_30s",
    "position",
    "radio",
)
_SCHEMA_1 = {
    "ts": "ts",
    "series_id": "series_id",
    "sent": "sent",
    "lost": "sent - received",
    "sum_us": "rtt_sum_us",
    "min_us": "rtt_min_us",
    "max_us": "rtt_max_us",
    "squares_us2": (
        "CAST(ifnull(1.0 * rtt_sum_us * rtt_sum_us / nullif(received, 0), 0)"
        " + ifnull(0.7854 * received * jitter_sum_us * jitter_sum_us / nullif(jitter_count * jitter_count, 0), 0)"
        " AS INTEGER)"
    ),
    "steps_us": "jitter_sum_us",
    "steps": "jitter_count",
    "median_us": "rtt_median_us",
    **dict.fromkeys(("is_flagged", "windows", "anomalous", "eventful", "head", "tail", "longest"), "0"),
}
"""What our columns of half minutes and hours are in a file of schema 1: migration 0002 says why."""
_SLICE_S = 6 * 3600
_STEP = {"id": (1000, 1), "uplink_id": (1000, 1), "ts": (_SLICE_S, 60)}
"""How many keys are read at a time, and how few are given up at a time."""
_YEARS_S = 500 * 86_400


class Salvage:
    """One damaged file, being emptied into a new database."""

    def __init__(self, source: Path, now_ts: int, todo: dict[str, int | None] | None = None) -> None:
        """``todo`` maps long tables to the second before which they are still to be read; None: all of it."""
        self.source = source
        self._now_ts = now_ts
        self._todo = dict.fromkeys(_LONG) if todo is None else todo
        self._db: Db | None = None

    @classmethod
    def unfinished(cls, db: Db) -> "Salvage | None":
        """Return the salvage that a stop interrupted, if its source is still there."""
        noted = meta.get(db, meta.SALVAGE)
        if noted is None:
            return None
        with suppress(ValueError, KeyError, TypeError):
            plan = json.loads(noted)
            if Path(plan["source"]).exists():
                return cls(Path(plan["source"]), int(plan["now_ts"]), plan["todo"])
        return None

    def carry_dear(self, db: Db) -> str:
        """Carry over the small tables in one transaction; return what came over, in words."""
        with db.transaction():
            counts = {table: self._carry(db, table, key) for table, key in _DEAR.items()}
            for table in _WHOLE:
                self._insert(db, table, self._read(table, "1", 0, 2))
            self._note(db)
        return ", ".join(f"{count} {table}" for table, count in counts.items() if count) or "nothing"

    def carry_slice(self, db: Db) -> bool:
        """Carry over one slice of the long tables inside the running transaction; return whether more is left."""
        if not self._todo:
            return False
        table, before_ts = next(iter(self._todo.items()))
        first_ts, end_ts = self._bounds(table, "ts")
        before_ts = end_ts if before_ts is None else before_ts
        start_ts = max(before_ts - _SLICE_S, first_ts)
        if start_ts < before_ts:
            self._insert(db, table, self._read(table, "ts", start_ts, before_ts))
        if table == "bucket":
            _unserve(db, start_ts, before_ts)
        if table == "minute":
            _note_first_minutes(db, start_ts, before_ts)
        if table == "sample_hour" and not self._columns("sample_day"):
            _sum_days(db, start_ts, before_ts)
        if start_ts <= first_ts:
            del self._todo[table]
        else:
            self._todo[table] = start_ts
        self._note(db)
        return bool(self._todo)

    def close(self) -> None:
        """Let go of the damaged file; it stays where it is."""
        if self._db is not None:
            with suppress(StorageError):
                self._db.close()
            self._db = None

    # ------------------------------------------------------------ reading
    def _carry(self, db: Db, table: str, key: str) -> int:
        first, end = self._bounds(table, key)
        step = _STEP[key][0]
        return sum(
            self._insert(db, table, self._read(table, key, start, min(start + step, end)))
            for start in range(first, end, step)
        )

    def _bounds(self, table: str, key: str) -> tuple[int, int]:
        """Return the half-open range of keys to try; empty when neither end of the table can be reached."""
        first, last = (self._edge(f"SELECT {edge}({key}) FROM {table}") for edge in ("min", "max"))
        if first is None and last is None:
            return 0, 0
        if key == "ts":
            floor, ceiling = self._now_ts - _YEARS_S, self._now_ts + 2 * 86_400
            first = floor if first is None else max(first, floor)
            last = ceiling if last is None else min(last, ceiling)
        return first or 0, (10_000 if last is None else last) + 1

    def _edge(self, sql: str) -> int | None:
        with suppress(StorageError):
            edge = self._open().value(sql)
            return edge if isinstance(edge, int) else None
        return None

    def _read(self, table: str, key: str, start: int, end: int) -> list[Row]:
        columns = ", ".join(self._columns(table).values())
        if not columns:
            return []
        try:
            return self._open().rows(f"SELECT {columns} FROM {table} WHERE {key} >= ? AND {key} < ?", (start, end))
        except StorageError:
            if end - start <= _STEP.get(key, (2, 2))[1]:
                return []
        middle = (start + end) // 2
        return self._read(table, key, start, middle) + self._read(table, key, middle, end)

    def _columns(self, table: str) -> dict[str, str]:
        """Return how each column we know is told by the damaged file; empty without the table."""
        with suppress(StorageError):
            theirs = [row[1] for row in self._open().rows(f"PRAGMA table_info({table})")]
            is_older = table in ("sample_30s", "sample_hour") and "rtt_sum_us" in theirs
            return _SCHEMA_1 if is_older else dict(zip(theirs, theirs, strict=True))
        return {}

    def _open(self) -> Db:
        if self._db is None:
            self._db = open_reader(self.source)
            self._db.read_loosely()
        return self._db

    # ------------------------------------------------------------ writing
    def _insert(self, db: Db, table: str, rows: Sequence[Row]) -> int:
        ours = {row[1] for row in db.rows(f"PRAGMA table_info({table})")}
        theirs = list(self._columns(table))
        places = [place for place, column in enumerate(theirs) if column in ours]
        names = ", ".join(theirs[place] for place in places)
        marks = ", ".join("?" for _ in places)
        sql = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"
        return sum(_insert_each(db, sql, [tuple(row[place] for place in places) for row in rows]))

    def _note(self, db: Db) -> None:
        plan = {"source": str(self.source), "now_ts": self._now_ts, "todo": self._todo}
        meta.put(db, meta.SALVAGE, json.dumps(plan) if self._todo else None)


def _insert_each(db: Db, sql: str, rows: Sequence[Row]) -> Iterator[int]:
    """Insert rows, passing over those whose values are damaged; yield how many went in."""
    for row in rows:
        with suppress(StorageError):
            yield db.run(sql, row)


def _unserve(db: Db, start_ts: int, end_ts: int) -> None:
    """Older buckets have come back: what was served of those days is no longer true."""
    db.run("DELETE FROM day_chunk WHERE day BETWEEN ? AND ?", (start_ts // 86_400, end_ts // 86_400))
    db.run("UPDATE uplink SET revision = revision + 1")


def _sum_days(db: Db, start_ts: int, end_ts: int) -> None:
    """Hours have come back from a file that had no days."""
    for day_ts in range(start_ts - start_ts % hours.DAY, end_ts, hours.DAY):
        hours.sum_day(db, day_ts)


def _note_first_minutes(db: Db, start_ts: int, end_ts: int) -> None:
    """Minutes have come back that may be older than the first an uplink is known to have."""
    for uplink_id, first_ts in db.rows(
        "SELECT uplink_id, min(ts) FROM minute WHERE ts >= ? AND ts < ? GROUP BY uplink_id", (start_ts, end_ts)
    ):
        uplinks.note_first_minute(db, uplink_id, first_ts)
