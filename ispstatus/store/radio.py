"""What modems said of their radio."""

from collections.abc import Iterable

from ispstatus.model.radio import Radio, RadioReading
from ispstatus.store.db import PAGE, Db, Row

_FIGURES = "network_name, network_type, cell_id, pci, sinr_db, rssi_dbm, rsrp_dbm, rsrq_db, ecio_db"


def put(db: Db, readings: Iterable[RadioReading]) -> None:
    """Insert readings; one of the same agent and second replaces what was stored."""
    for one in readings:
        said = one.radio
        db.run(
            f"INSERT OR REPLACE INTO radio (ts, agent_id, {_FIGURES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                *(one.ts, one.agent_id, said.network_name, said.network_type, said.cell_id, said.pci),
                *(said.sinr_db, said.rssi_dbm, said.rsrp_dbm, said.rsrq_db, said.ecio_db),
            ),
        )


def newest(db: Db, agent_id: int, since_ts: int) -> RadioReading | None:
    """Return an agent's newest reading taken at ``since_ts`` or later."""
    row = db.row(
        f"SELECT ts, agent_id, {_FIGURES} FROM radio WHERE agent_id = ? AND ts >= ? ORDER BY ts DESC LIMIT 1",  # noqa: S608
        (agent_id, since_ts),
    )
    return None if row is None else _reading(row)


def between(db: Db, agent_id: int, start_ts: int, end_ts: int, limit: int = PAGE) -> list[RadioReading]:
    """Return an agent's first readings in ``[start_ts, end_ts)``, oldest first."""
    rows = db.rows(
        f"SELECT ts, agent_id, {_FIGURES} FROM radio WHERE agent_id = ? AND ts >= ? AND ts < ? ORDER BY ts LIMIT ?",  # noqa: S608
        (agent_id, start_ts, end_ts, limit),
    )
    return [_reading(row) for row in rows]


def _reading(row: Row) -> RadioReading:
    ts, agent_id, *said = row
    return RadioReading(agent_id, ts, Radio(*said))
