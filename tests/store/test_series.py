from ispstatus.model.series import Protocol
from ispstatus.store import series
from ispstatus.store.db import Db
from ispstatus.store.series import Series
from tests.helpers.make import a_run


def test_a_series_is_numbered_once(db: Db) -> None:
    first = series.number_of(db, a_run())

    assert series.number_of(db, a_run(minute=5)) == first
    assert series.number_of(db, a_run(2)) != first
    assert series.number_of(db, a_run(target="192.0.2.2")) != first


def test_protocols_to_one_target_are_series_of_their_own(db: Db) -> None:
    icmp, tcp = (series.number_of(db, a_run(protocol=protocol)) for protocol in (Protocol.ICMP, Protocol.TCP))

    assert series.of_agent(db, 1) == [
        Series(icmp, 1, "192.0.2.1", Protocol.ICMP, is_own=False),
        Series(tcp, 1, "192.0.2.1", Protocol.TCP, is_own=False),
    ]


def test_a_far_end_can_become_the_operators_own(db: Db) -> None:
    number = series.number_of(db, a_run())
    series.number_of(db, a_run(is_own=True))

    assert series.every(db) == [Series(number, 1, "192.0.2.1", Protocol.ICMP, is_own=True)]


def test_every_series_comes_by_agent(db: Db) -> None:
    for agent in (2, 1):
        series.number_of(db, a_run(agent))

    assert [one.agent_id for one in series.every(db)] == [1, 2]
    assert [one.agent_id for one in series.of_agent(db, 2)] == [2]
