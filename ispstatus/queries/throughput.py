"""When throughput was tested last."""

from ispstatus.model.throughput import Method
from ispstatus.queries.reader import Reader
from ispstatus.store import throughput


def last_test_ts(reader: Reader, agent_id: int, method: Method) -> int | None:
    """Return when an agent's newest test of one method ended, epoch seconds; None without one."""
    newest = throughput.newest(reader.db(), agent_id, method, since_ts=0)
    return None if newest is None else newest.ended_ts
