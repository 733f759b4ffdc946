"""Stream samples: raw runs, half-minute figures, hourly sums."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ispstatus.model.record import EchoRun
from ispstatus.store.db import PAGE, Db, Row
from ispstatus.store.runs import pack_run, unpack_run

HALF_MINUTE = 30
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Figures:
    """What the echoes of one series in one stretch came to."""

    sent: int
    received: int
    rtt_sum_us: int
    rtt_min_us: int | None
    rtt_median_us: int | None
    rtt_max_us: int | None
    jitter_sum_us: int
    jitter_count: int

    @property
    def row(self) -> Row:
        """The figures in the order of their columns."""
        return (
            self.sent,
            self.received,
            self.rtt_sum_us,
            self.rtt_min_us,
            self.rtt_median_us,
            self.rtt_max_us,
            self.jitter_sum_us,
            self.jitter_count,
        )


# ---------------------------------------------------------------- series
def series_id(db: Db, uplink_id: int, target: str) -> int:
    """Return the number of the series of one uplink to one target, making it if need be."""
    found = db.value("SELECT id FROM series WHERE uplink_id = ? AND target = ?", (uplink_id, target))
    if found is not None:
        return int(found)
    return db.insert("INSERT INTO series (uplink_id, target) VALUES (?, ?)", (uplink_id, target))


def targets(db: Db, uplink_id: int) -> dict[int, str]:
    """Return the targets ever sampled through an uplink, by series."""
    return dict(db.rows("SELECT id, target FROM series WHERE uplink_id = ? ORDER BY id", (uplink_id,)))


# ---------------------------------------------------------------- raw
def run_of(db: Db, ts: int, series: int) -> tuple[tuple[int, ...], tuple[int | None, ...]] | None:
    """Return the stored ``(offsets_ms, rtts_us)`` of one minute, None if there is none."""
    packed = db.value("SELECT run FROM sample WHERE ts = ? AND series_id = ?", (ts, series))
    return None if packed is None else unpack_run(packed)


def put_run(db: Db, ts: int, series: int, run: tuple[Sequence[int], Sequence[int | None]]) -> None:
    """Store one minute of echoes, replacing what is there."""
    db.run("INSERT OR REPLACE INTO sample VALUES (?, ?, ?)", (ts, series, pack_run(*run)))


def runs_between(db: Db, uplink_id: int, start_ts: int, end_ts: int, after: tuple[int, int] = (0, 0)) -> list[Row]:
    """Return ``(ts, series_id, EchoRun)`` in ``[start_ts, end_ts)``, oldest first, at most ``PAGE``.

    Recent echoes and those kept with an outage alike; ``after`` is ``(ts, series_id)`` of the last one had.
    """
    rows = db.rows(
        "SELECT ts, series_id, target, run FROM ("
        " SELECT * FROM sample WHERE ts >= ?1 AND ts < ?2 UNION ALL"
        " SELECT * FROM sample_kept WHERE ts >= ?1 AND ts < ?2)"
        " JOIN series ON series.id = series_id AND uplink_id = ?3"
        " WHERE (ts, series_id) > (?4, ?5) ORDER BY ts, series_id LIMIT ?6",
        (start_ts, end_ts, uplink_id, *after, PAGE),
    )
    return [(ts, series, EchoRun(uplink_id, target, ts, *unpack_run(run))) for ts, series, target, run in rows]


# ---------------------------------------------------------------- figures
def put_half_minutes(db: Db, rows: Iterable[tuple[int, int, Figures]]) -> None:
    """Store ``(ts, series_id, figures)`` of half minutes, replacing what is there."""
    db.many(
        "INSERT OR REPLACE INTO sample_30s VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(ts, series, *figures.row) for ts, series, figures in rows],
    )


def half_minutes(db: Db, start_ts: int, end_ts: int) -> dict[int, list[Figures]]:
    """Return the half minutes of every series in ``[start_ts, end_ts)``."""
    found: dict[int, list[Figures]] = {}
    for _ts, series, *figures in db.rows("SELECT * FROM sample_30s WHERE ts >= ? AND ts < ?", (start_ts, end_ts)):
        found.setdefault(series, []).append(Figures(*figures))
    return found


def put_hour(db: Db, ts: int, figures: dict[int, Figures]) -> None:
    """Store the sums of one hour, by series."""
    db.many(
        "INSERT OR REPLACE INTO sample_hour VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(ts, series, *of_series.row) for series, of_series in figures.items()],
    )


def unsummed_hours(db: Db, before_ts: int) -> list[int]:
    """Return the hours before ``before_ts`` that have half minutes newer than the last summed hour."""
    last_ts = db.value("SELECT max(ts) FROM sample_hour WHERE ts < ?", (before_ts,))
    since_ts = 0 if last_ts is None else last_ts + HOUR
    rows = db.rows(
        "SELECT DISTINCT ts - ts % 3600 FROM sample_30s WHERE ts >= ? AND ts < ?",
        (since_ts, before_ts - before_ts % HOUR),
    )
    return [row[0] for row in rows]


def hours(db: Db, uplink_id: int, start_ts: int, end_ts: int) -> list[tuple[int, str, Figures]]:
    """Return ``(ts, target, figures)`` of an uplink's hours in ``[start_ts, end_ts)``, oldest first."""
    rows = db.rows(
        "SELECT ts, target, sent, received, rtt_sum_us, rtt_min_us, rtt_median_us, rtt_max_us, jitter_sum_us,"
        " jitter_count FROM sample_hour JOIN series ON series.id = series_id AND uplink_id = ?3"
        " WHERE ts >= ?1 AND ts < ?2 ORDER BY ts, series_id",
        (start_ts, end_ts, uplink_id),
    )
    return [(ts, target, Figures(*figures)) for ts, target, *figures in rows]
