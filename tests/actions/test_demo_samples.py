"""The last day of an invented history has something for each insight endpoint to tell."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from ispstatus.actions.demo import invent, invented_uplinks
from ispstatus.actions.demo_samples import VAN, invent_samples, van_report
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight.agents import all_agents
from ispstatus.queries.insight.anomalies import anomalies
from ispstatus.queries.insight.latency import latency_rows
from ispstatus.queries.insight.pushed import pushed_lately
from ispstatus.queries.insight.radio import places, readings
from ispstatus.queries.insight.throughput import iperf, newest_speed, trains
from ispstatus.queries.insight.trends import trend
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.helpers.make import LIMITS, NOON, NOON_TS, PLAN
from tests.queries.kit import reading
from tests.store.kit import HandClock, a_database

FIBRE, LTE, THE_VAN = 1, 3, 4
HOUR = Window(NOON - timedelta(hours=1), NOON)


def invented(folder: Path) -> Db:
    db = a_database(folder, HandClock(float(NOON_TS)), uplinks=0)
    history = invent(invented_uplinks(PLAN, LIMITS), days=2, seed=1, now=NOON)
    for write in chain(history, invent_samples(seed=1, now=NOON)):
        with db.transaction():
            write(db)
    return db


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("demo")
    invented(folder).close()
    with reading(folder) as reader:
        yield reader


def test_every_protocol_was_measured_on_every_uplink_up_to_now(demo: Reader) -> None:
    for number in (1, 2, 3):
        assert anomalies(demo, number, HOUR).protocols.keys() == set(Protocol)
        rows = list(latency_rows(demo, number, Protocol.TWAMP, HOUR, NOON).rows)
        assert len(rows) > 600
        assert NOON_TS - rows[-1][0] < 60


def test_the_last_hour_can_be_held_against_yesterday(demo: Reader) -> None:
    assert trend(demo, FIBRE, NOON, 7).change_pct is not None


def test_there_are_throughput_tests_of_each_kind(demo: Reader) -> None:
    tested = iperf(demo, FIBRE, NOON)

    assert trains(demo, FIBRE, NOON).rate is not None
    assert newest_speed(demo, FIBRE, NOON) is not None
    assert (tested.tcp is None, tested.udp is None) == (False, False)


def test_the_modem_of_the_mobile_uplink_was_read_and_no_others(demo: Reader) -> None:
    assert (len(readings(demo, LTE, HOUR)), len(readings(demo, FIBRE, HOUR))) == (60, 0)


def test_a_van_has_pushed_all_hour_and_drives_about(demo: Reader) -> None:
    assert [agent.name for agent in all_agents(demo)][-1] == VAN
    driven = places(demo, THE_VAN, HOUR, NOON)
    assert len({place.fix.position for place in driven}) == len(driven) > 300
    assert {one.protocol for one in pushed_lately(demo, THE_VAN, NOON).samples} == set(Protocol)


def test_the_same_seed_measures_the_same(tmp_path: Path, demo: Reader) -> None:
    again = invented(tmp_path)
    newest = "SELECT ts, series_id, run FROM sample WHERE ts = ? ORDER BY series_id"

    assert again.rows(newest, (NOON_TS - 60,)) == demo.db().rows(newest, (NOON_TS - 60,))
    again.close()


def test_what_the_van_reports_piece_by_piece_is_what_it_reports_at_once() -> None:
    whole = van_report(NOON_TS, NOON_TS + 60)
    pieces = [van_report(NOON_TS + start, NOON_TS + end) for start, end in ((0, 13.7), (13.7, 40), (40, 60))]

    assert [one for piece in pieces for one in piece.samples] == list(whole.samples)
    assert [one for piece in pieces for one in piece.fixes] == list(whole.fixes)
    assert len(whole.samples) == 12 * 6
