"""What throughput tests found."""

from ispstatus.model.throughput import Method, Throughput
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import throughput as store


def newest_test(reader: Reader, agent_id: int, method: Method, since_ts: int = 0) -> Throughput | None:
    """Return an agent's newest test of one method that ended at ``since_ts`` (epoch seconds) or later."""
    return store.newest(reader.db(), agent_id, method, since_ts)


def last_test_ts(reader: Reader, agent_id: int, method: Method) -> int | None:
    """Return when an agent's newest test of one method ended, epoch seconds; None without one."""
    newest = store.newest(reader.db(), agent_id, method, 0)
    return None if newest is None else newest.ended_ts


def throughput_in(reader: Reader, agent_id: int, window: Window) -> tuple[Throughput, ...]:
    """Return an agent's newest tests that ended in ``window``, at most five hundred, oldest first."""
    start_ts, end_ts = int(window.start_at.timestamp()), int(window.end_at.timestamp())
    return tuple(store.between(reader.db(), agent_id, start_ts, end_ts))
