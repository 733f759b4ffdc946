"""How fresh and how whole the memory is, and how the file is doing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ispstatus.model.errors import StorageError
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import events, meta, minutes, uplinks
from ispstatus.store.codec import to_us
from ispstatus.store.layout import REPLACED, SIDES, free_bytes, quarantine_of
from ispstatus.store.migrate import version_of

WAL_LIMIT_BYTES = 64 * 1024 * 1024
_STORED_AFTER_S = 15
_AROUND = timedelta(minutes=2)
_CAUSES = (
    EventKind.CLOCK_FORWARD,
    EventKind.CLOCK_BACK,
    EventKind.STOP,
    EventKind.START,
    EventKind.STORAGE,
    EventKind.DAMAGE,
)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far the memory reaches, and the longest hole in it."""

    newest_judged_at: datetime | None
    """The newest second a verdict spoke for; None when nothing was ever stored."""
    age_s: float | None
    gap_minutes: int
    """Longest run of minutes missing for one uplink."""
    gap_start_at: datetime | None = None
    gap_uplink: str | None = None
    gap_cause: str | None = None
    """What the engine noted around it, in words; None when it noted nothing."""


@dataclass(frozen=True, slots=True)
class SqliteHealth:
    """Quick facts about the file."""

    ok: bool
    problem: str | None
    schema: int | None
    db_bytes: int
    wal_bytes: int
    free_bytes: int
    quarantined: tuple[str, ...]
    """Names of files that were set aside because they could not be used."""


def freshness_and_gap(reader: Reader, now: datetime, window_h: float) -> Freshness:
    """Return how old the newest judged second is, and the longest gap of the last ``window_h`` hours.

    A gap is a run of minutes of one present uplink without a row; what lies before its first minute ever is none, and
    the minute in hand is not missing yet.
    """
    db = reader.db()
    now_ts = int(now.timestamp())
    start_ts = int(now_ts - window_h * 3600) // 60 * 60
    end_ts = (now_ts - _STORED_AFTER_S) // 60 * 60
    judged_ts, there = _stored_since(reader, start_ts)
    if judged_ts is None and (newest_ts := minutes.newest_minute_ts(db)) is not None:
        judged_ts = newest_ts + minutes.MINUTE
    newest_at = None if judged_ts is None else datetime.fromtimestamp(judged_ts, UTC)
    age_s = None if newest_at is None else max(0.0, (now - newest_at).total_seconds())
    first_ts = uplinks.first_minutes(db)
    gaps = [
        (*_longest_gap(there.get(stored.id, []), max(start_ts, first_ts[stored.id]), end_ts), stored.name)
        for stored in uplinks.stored(db)
        if not stored.is_removed and stored.id in first_ts
    ]
    gap_minutes, gap_ts, gap_uplink = max(gaps, key=lambda gap: gap[0], default=(0, 0, ""))
    if gap_minutes <= 0:
        return Freshness(newest_at, age_s, 0)
    gap_at = datetime.fromtimestamp(gap_ts, UTC)
    cause = _cause(reader, Window(gap_at - _AROUND, gap_at + timedelta(minutes=gap_minutes) + _AROUND))
    return Freshness(newest_at, age_s, gap_minutes, gap_at, gap_uplink, cause)


def sqlite_health(reader: Reader) -> SqliteHealth:
    """Return quick facts about the file; never raises for a broken one, it says so."""
    problem, schema = None, None
    sizes = [_size(reader, side) for side in SIDES]
    try:
        schema = version_of(reader.db())
        uplinks.stored(reader.db())
    except StorageError as error:
        problem = str(error)
    if problem is None and sizes[1] > WAL_LIMIT_BYTES:
        problem = f"the write-ahead log has {sizes[1] // 1_000_000} MB: something reads without end"
    folder = quarantine_of(reader.path)
    kept = sorted(path.name for path in folder.glob("*.db") if REPLACED not in path.name)
    return SqliteHealth(
        ok=problem is None,
        problem=problem,
        schema=schema,
        db_bytes=sizes[0],
        wal_bytes=sizes[1],
        free_bytes=free_bytes(reader.path.parent),
        quarantined=tuple(kept),
    )


def engine_events(reader: Reader, window: Window) -> tuple[EngineEvent, ...]:
    """Return the newest engine events in ``window``, at most five hundred, oldest of them first."""
    return tuple(events.between(reader.db(), to_us(window.start_at), to_us(window.end_at)))


def is_demo(reader: Reader) -> bool:
    """Whether the database holds invented data."""
    return meta.get(reader.db(), meta.DEMO) is not None


def _stored_since(reader: Reader, start_ts: int) -> tuple[int | None, dict[int, list[int]]]:
    """Return the newest judged second, and when each uplink's stored minutes start, oldest first."""
    judged_ts: int | None = None
    there: dict[int, list[int]] = {}
    after: minutes.Cursor = (start_ts - 1, 0)
    while page := minutes.minutes_after(reader.db(), after):
        for row in page:
            there.setdefault(row.uplink_id, []).append(row.ts)
            if row.unknown_s < minutes.MINUTE:
                judged_ts = max(judged_ts or 0, row.ts + minutes.MINUTE - row.unknown_s)
        after = page[-1].ts, page[-1].uplink_id
    return judged_ts, there


def _longest_gap(there: list[int], start_ts: int, end_ts: int) -> tuple[int, int]:
    longest, since_ts, due_ts = 0, start_ts, start_ts
    for ts in (*(ts for ts in there if ts >= start_ts), end_ts):
        missing = (min(ts, end_ts) - due_ts) // minutes.MINUTE
        if missing > longest:
            longest, since_ts = missing, due_ts
        due_ts = ts + minutes.MINUTE
    return longest, since_ts


def _cause(reader: Reader, window: Window) -> str | None:
    noted = [event for event in engine_events(reader, window) if event.kind in _CAUSES]
    if not noted:
        return None
    has_stopped = any(event.kind is EventKind.STOP for event in noted)
    words = [f"{event.kind.value} {event.at:%H:%M:%S}Z {event.detail}".rstrip() for event in noted]
    if not has_stopped and noted[-1].kind is EventKind.START:
        words.insert(0, "no stop was noted: killed, crashed or without power")
    return "; ".join(words)


def _size(reader: Reader, side: str) -> int:
    try:
        return reader.path.with_name(reader.path.name + side).stat().st_size
    except OSError:
        return 0
