"""What happened to the engine itself."""

from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.store.codec import of_us, to_us
from ispstatus.store.db import PAGE, Db, Row


def add(db: Db, event: EngineEvent) -> None:
    """Insert an event."""
    db.run(
        "INSERT INTO engine_event (at_us, kind, detail) VALUES (?, ?, ?)",
        (to_us(event.at), event.kind.value, event.detail),
    )


def between(db: Db, start_us: int, end_us: int, limit: int = PAGE) -> list[EngineEvent]:
    """Return the newest events in ``[start_us, end_us)``, oldest of them first."""
    rows = db.rows(
        "SELECT at_us, kind, detail FROM engine_event WHERE at_us >= ? AND at_us < ?"
        " ORDER BY at_us DESC, id DESC LIMIT ?",
        (start_us, end_us, limit),
    )
    return [_event(row) for row in reversed(rows)]


def last_clock_step(db: Db) -> EngineEvent | None:
    """Return the newest step of the wall clock."""
    row = db.row(
        "SELECT at_us, kind, detail FROM engine_event WHERE kind IN (?, ?) ORDER BY at_us DESC LIMIT 1",
        (EventKind.CLOCK_BACK.value, EventKind.CLOCK_FORWARD.value),
    )
    return None if row is None else _event(row)


def _event(row: Row) -> EngineEvent:
    return EngineEvent(of_us(row[0]), EventKind(row[1]), row[2])
