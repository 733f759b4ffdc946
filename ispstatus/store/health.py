"""How many minutes of each hour were Good, by agent."""

from collections.abc import Mapping

from ispstatus.store.db import Db


def put(db: Db, ts: int, found: Mapping[int, tuple[int, int]]) -> None:
    """Store ``(judged, good)`` minutes of the hour that starts at ``ts``, by agent, replacing what is there."""
    db.many(
        "INSERT OR REPLACE INTO health_hour VALUES (?, ?, ?, ?)",
        [(ts, agent, *counts) for agent, counts in found.items()],
    )


def between(db: Db, start_ts: int, end_ts: int) -> dict[int, tuple[int, int]]:
    """Return the ``(judged, good)`` minutes of the hours that start in ``[start_ts, end_ts)``, by agent."""
    rows = db.rows(
        "SELECT agent_id, sum(judged), sum(good) FROM health_hour WHERE ts >= ? AND ts < ? GROUP BY agent_id",
        (start_ts, end_ts),
    )
    return {agent: (judged, good) for agent, judged, good in rows}
