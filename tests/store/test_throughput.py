"""Throughput tests come back as they were stored, the newest by method."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.actions.throughput import record_throughput
from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.store import throughput
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS
from tests.store.kit import a_database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    opened = a_database(tmp_path)
    yield opened
    opened.close()


def a_test(ts: int = NOON_TS, agent_id: int = 1, method: Method = Method.TRAIN) -> Throughput:
    up = Flow(bps=2_000_000, jitter_us=None, sent=400, lost=400)
    return Throughput(agent_id, method, ts, 3, "far.example", Flow(50_000_000, 130, 400, 3), up)


def test_a_test_comes_back_as_it_was_stored(db: Db) -> None:
    record_throughput(db, [a_test()])

    assert throughput.newest(db, 1, Method.TRAIN, NOON_TS) == a_test()


def test_what_was_not_measured_stays_none(db: Db) -> None:
    empty = Throughput(1, Method.IPERF_TCP, NOON_TS, 10, "far.example")
    record_throughput(db, [empty])

    assert throughput.newest(db, 1, Method.IPERF_TCP, NOON_TS) == empty


def test_the_newest_is_of_its_agent_method_and_window(db: Db) -> None:
    record_throughput(
        db, [a_test(), a_test(NOON_TS + 60), a_test(NOON_TS + 90, 2), a_test(NOON_TS + 90, method=Method.WEB)]
    )

    assert throughput.newest(db, 1, Method.TRAIN, NOON_TS) == a_test(NOON_TS + 60)
    assert throughput.newest(db, 1, Method.TRAIN, NOON_TS + 61) is None


def test_tests_of_a_window_come_oldest_first_and_its_end_is_not_in_it(db: Db) -> None:
    record_throughput(db, [a_test(NOON_TS + second) for second in (120, 0, 60)])

    assert [test.ended_ts - NOON_TS for test in throughput.between(db, 1, NOON_TS, NOON_TS + 120)] == [0, 60]
    assert [test.ended_ts - NOON_TS for test in throughput.between(db, 1, NOON_TS, NOON_TS + 999, 2)] == [60, 120]
