"""Throughput tests, one row each."""

from collections.abc import Iterable

from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.store.db import PAGE, Db, Row

_COLUMNS = (
    "ts, agent_id, method, seconds, server, down_bps, up_bps, down_jitter_us, up_jitter_us,"
    " down_sent, down_lost, up_sent, up_lost"
)


def put(db: Db, tests: Iterable[Throughput]) -> None:
    """Insert tests; one given again replaces what was stored."""
    for test in tests:
        down, up = test.down, test.up
        db.run(
            f"INSERT OR REPLACE INTO throughput ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                *(test.ended_ts, test.agent_id, test.method.value, test.seconds, test.server),
                *(_whole(down.bps), _whole(up.bps), _whole(down.jitter_us), _whole(up.jitter_us)),
                *(down.sent, down.lost, up.sent, up.lost),
            ),
        )


def newest(db: Db, agent_id: int, method: Method, since_ts: int) -> Throughput | None:
    """Return an agent's newest test of one method that ended at ``since_ts`` or later."""
    row = db.row(
        f"SELECT {_COLUMNS} FROM throughput WHERE agent_id = ? AND method = ? AND ts >= ? ORDER BY ts DESC LIMIT 1",  # noqa: S608
        (agent_id, method.value, since_ts),
    )
    return None if row is None else _test(row)


def between(db: Db, agent_id: int, start_ts: int, end_ts: int, limit: int = PAGE) -> list[Throughput]:
    """Return an agent's newest tests that ended in ``[start_ts, end_ts)``, oldest of them first."""
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM throughput WHERE agent_id = ? AND ts >= ? AND ts < ? ORDER BY ts DESC LIMIT ?",  # noqa: S608
        (agent_id, start_ts, end_ts, limit),
    )
    return [_test(row) for row in reversed(rows)]


def _test(row: Row) -> Throughput:
    ts, agent_id, method, seconds, server, *figures = row
    down_bps, up_bps, down_jitter_us, up_jitter_us, down_sent, down_lost, up_sent, up_lost = figures
    down = Flow(down_bps, down_jitter_us, down_sent, down_lost)
    up = Flow(up_bps, up_jitter_us, up_sent, up_lost)
    return Throughput(agent_id, Method(method), ts, seconds, server, down, up)


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
