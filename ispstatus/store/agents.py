"""Remote agents: their numbers, what they say of themselves, when they were heard."""

from ispstatus.model.agent import Profile, RemoteAgent
from ispstatus.store.db import Db

_COLUMNS = "id, name, enrolled_ts, seen_ts, network_name, network_type, hardware, details, is_removed"


def add(db: Db, name: str, enrolled_ts: int) -> int:
    """Insert an agent; return its number, which neither an uplink nor another agent ever had or will have."""
    number = 1 + int(db.value("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'uplink'"))
    db.run("INSERT INTO agent (id, name, enrolled_ts) VALUES (?, ?, ?)", (number, name, enrolled_ts))
    return number


def every(db: Db) -> list[RemoteAgent]:
    """Return every agent there ever was, by number."""
    return [
        RemoteAgent(number, name, enrolled_ts, seen_ts, Profile(*profile), bool(is_removed))
        for number, name, enrolled_ts, seen_ts, *profile, is_removed in db.rows(
            f"SELECT {_COLUMNS} FROM agent ORDER BY id"  # noqa: S608
        )
    ]


def named(db: Db, name: str) -> RemoteAgent | None:
    """Return the agent of a name, removed or not."""
    return next((agent for agent in every(db) if agent.name == name), None)


def set_removed(db: Db, agent_id: int, *, is_removed: bool) -> None:
    """Say whether an agent is removed; its history stays."""
    db.run("UPDATE agent SET is_removed = ? WHERE id = ?", (is_removed, agent_id))


def heard(db: Db, agent_id: int, ts: int) -> None:
    """Remember when an agent last reported."""
    db.run("UPDATE agent SET seen_ts = max(ifnull(seen_ts, 0), ?2) WHERE id = ?1", (agent_id, ts))


def describe(db: Db, agent_id: int, profile: Profile) -> None:
    """Replace what an agent says of itself."""
    db.run(
        "UPDATE agent SET network_name = ?, network_type = ?, hardware = ?, details = ? WHERE id = ?",
        (profile.network_name, profile.network_type, profile.hardware, profile.details, agent_id),
    )
