from datetime import timedelta

from ispstatus.actions.throughput import record_throughput
from ispstatus.model.throughput import Flow, Method, Throughput
from ispstatus.queries.insight.throughput import Iperf, Trains, iperf, newest_speed, trains
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS

RATE = Flow(bps=50_000_000, jitter_us=120, sent=400, lost=4)


def a_test(method: Method, ts: int = NOON_TS, down: Flow = RATE) -> Throughput:
    return Throughput(1, method, ts, 3, "far.example", down, Flow())


def test_the_rate_of_trains_stands_two_hours_and_their_loss_twelve(reader: Reader, db: Db) -> None:
    test = a_test(Method.TRAIN)
    record_throughput(db, [test])

    assert trains(reader, 1, NOON + timedelta(hours=2)) == Trains(test, test)
    assert trains(reader, 1, NOON + timedelta(hours=2, seconds=1)) == Trains(None, test)
    assert trains(reader, 1, NOON + timedelta(hours=12, seconds=1)) == Trains(None, None)
    assert trains(reader, 2, NOON) == Trains(None, None)


def test_iperf_tells_tcp_and_udp_apart(reader: Reader, db: Db) -> None:
    tcp, udp = a_test(Method.IPERF_TCP), a_test(Method.IPERF_UDP, NOON_TS - 60)
    record_throughput(db, [tcp, udp])

    assert iperf(reader, 1, NOON) == Iperf(tcp, udp)
    assert iperf(reader, 1, NOON + timedelta(hours=12)) == Iperf(tcp, None)


def test_the_newest_test_that_told_a_rate_is_the_lines_speed(reader: Reader, db: Db) -> None:
    assert newest_speed(reader, 1, NOON) is None
    web = a_test(Method.WEB, NOON_TS - 60)
    record_throughput(db, [a_test(Method.TRAIN, NOON_TS - 120), web, a_test(Method.IPERF_TCP, NOON_TS, Flow())])

    assert newest_speed(reader, 1, NOON) == web
    assert newest_speed(reader, 1, NOON + timedelta(hours=13)) is None


def test_a_test_of_which_nothing_came_through_leaves_the_one_before_standing(reader: Reader, db: Db) -> None:
    train = a_test(Method.TRAIN, NOON_TS - 3600)
    record_throughput(db, [train, a_test(Method.TRAIN, NOON_TS, Flow())])

    assert newest_speed(reader, 1, NOON) == train


def test_a_udp_test_tells_what_it_was_told_to_send_and_no_speed(reader: Reader, db: Db) -> None:
    record_throughput(db, [a_test(Method.IPERF_UDP)])

    assert newest_speed(reader, 1, NOON) is None
