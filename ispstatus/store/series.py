"""Series: what one agent measures of one protocol towards one target, by number."""

from dataclasses import dataclass

from ispstatus.model.record import Run
from ispstatus.model.series import Protocol
from ispstatus.store.db import Db


@dataclass(frozen=True, slots=True)
class Series:
    """One series."""

    id: int
    agent_id: int
    target: str
    protocol: Protocol
    is_own: bool
    """The far end is the operator's own."""


def find(db: Db, run: Run) -> int | None:
    """Return the number of the series a run belongs to, None if there is none yet; it is as own as the run says."""
    found = db.row(
        "SELECT id, is_own FROM series WHERE uplink_id = ? AND protocol = ? AND target = ?",
        (run.agent_id, run.protocol.value, run.target),
    )
    if found is None:
        return None
    if found[1] != run.is_own:
        db.run("UPDATE series SET is_own = ? WHERE id = ?", (run.is_own, found[0]))
    return int(found[0])


def add(db: Db, run: Run) -> int:
    """Make the series a run belongs to; return its number."""
    return db.insert(
        "INSERT INTO series (uplink_id, protocol, target, is_own) VALUES (?, ?, ?, ?)",
        (run.agent_id, run.protocol.value, run.target, run.is_own),
    )


def number_of(db: Db, run: Run) -> int:
    """Return the number of the series a run belongs to, making it if need be."""
    found = find(db, run)
    return add(db, run) if found is None else found


def every(db: Db) -> list[Series]:
    """Return every series there ever was, by agent and number."""
    rows = db.rows("SELECT id, uplink_id, target, protocol, is_own FROM series ORDER BY uplink_id, id")
    return [Series(number, agent, target, Protocol(name), bool(own)) for number, agent, target, name, own in rows]


def of_agent(db: Db, agent_id: int) -> list[Series]:
    """Return the series of one agent, by number."""
    rows = db.rows("SELECT id, target, protocol, is_own FROM series WHERE uplink_id = ? ORDER BY id", (agent_id,))
    return [Series(number, agent_id, target, Protocol(name), bool(own)) for number, target, name, own in rows]
