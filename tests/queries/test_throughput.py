"""When throughput was tested last is told by agent and method."""

from ispstatus.actions.throughput import record_throughput
from ispstatus.model.throughput import Method, Throughput
from ispstatus.queries.reader import Reader
from ispstatus.queries.throughput import last_test_ts
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS


def test_the_newest_test_of_an_agent_and_method_counts(db: Db, reader: Reader) -> None:
    with db.transaction():
        record_throughput(db, [Throughput(1, Method.TRAIN, NOON_TS + seconds, 3, "far.example") for seconds in (0, 60)])

    assert last_test_ts(reader, 1, Method.TRAIN) == NOON_TS + 60
    assert last_test_ts(reader, 1, Method.WEB) is None
    assert last_test_ts(reader, 2, Method.TRAIN) is None
