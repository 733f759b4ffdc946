"""Where agents were."""

from collections.abc import Iterable

from ispstatus.model.radio import Position, PositionFix
from ispstatus.store.db import PAGE, Db, Row


def put(db: Db, fixes: Iterable[PositionFix]) -> None:
    """Insert fixes; one of the same agent and second replaces what was stored."""
    for fix in fixes:
        where = fix.position
        db.run(
            "INSERT OR REPLACE INTO position (ts, agent_id, latitude, longitude, altitude_m) VALUES (?, ?, ?, ?, ?)",
            (fix.ts, fix.agent_id, where.latitude, where.longitude, where.altitude_m),
        )


def newest(db: Db, agent_id: int, since_ts: int) -> PositionFix | None:
    """Return an agent's newest fix at ``since_ts`` or later."""
    row = db.row(
        "SELECT ts, agent_id, latitude, longitude, altitude_m FROM position"
        " WHERE agent_id = ? AND ts >= ? ORDER BY ts DESC LIMIT 1",
        (agent_id, since_ts),
    )
    return None if row is None else _fix(row)


def between(db: Db, agent_id: int, start_ts: int, end_ts: int, limit: int = PAGE) -> list[PositionFix]:
    """Return an agent's first fixes in ``[start_ts, end_ts)``, oldest first."""
    rows = db.rows(
        "SELECT ts, agent_id, latitude, longitude, altitude_m FROM position"
        " WHERE agent_id = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?",
        (agent_id, start_ts, end_ts, limit),
    )
    return [_fix(row) for row in rows]


def _fix(row: Row) -> PositionFix:
    ts, agent_id, latitude, longitude, altitude_m = row
    return PositionFix(agent_id, ts, Position(latitude, longitude, altitude_m))
