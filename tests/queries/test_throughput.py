"""Throughput tests are read by agent, method and window."""

from datetime import timedelta

from ispstatus.actions.throughput import record_throughput
from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.queries.throughput import last_test_ts, newest_test, throughput_in
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS

TRAIN = Throughput(1, Method.TRAIN, NOON_TS, 3, "far.example", Flow(5e7, 20.0, 400, 0))


def test_the_newest_of_a_method_is_told(db: Db, reader: Reader) -> None:
    with db.transaction():
        record_throughput(db, [TRAIN])

    assert newest_test(reader, 1, Method.TRAIN) == TRAIN
    assert last_test_ts(reader, 1, Method.TRAIN) == NOON_TS
    assert last_test_ts(reader, 1, Method.WEB) is None
    assert newest_test(reader, 1, Method.TRAIN, NOON_TS + 1) is None
    assert newest_test(reader, 1, Method.WEB) is None
    assert newest_test(reader, 2, Method.TRAIN) is None


def test_a_window_ends_before_its_end(db: Db, reader: Reader) -> None:
    with db.transaction():
        record_throughput(db, [TRAIN])

    assert throughput_in(reader, 1, Window(NOON, NOON + timedelta(hours=1))) == (TRAIN,)
    assert throughput_in(reader, 1, Window(NOON - timedelta(hours=1), NOON)) == ()
