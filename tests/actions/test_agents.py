import pytest

from ispstatus.actions.agents import enrol_agent, record_report, remove_agent
from ispstatus.actions.pasts import Pasts
from ispstatus.model.agent import Accepted, AgentReport, Profile, PushedFix, PushedReading, PushedSample, Taken
from ispstatus.model.errors import BadRequest, NotFound
from ispstatus.model.radio import Position, PositionFix, Radio, RadioReading
from ispstatus.model.series import Protocol
from ispstatus.store import agents, positions, radio, samples, series
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON_TS
from tests.store.kit import halves_between

TCP = Protocol.TCP
NONE = Taken(0)
NOW_TS = NOON_TS + 600.5


def pushed(second: float, rtt_ms: float | None, target: str = "far.example") -> PushedSample:
    return PushedSample(NOON_TS + second, TCP, target, rtt_ms)


@pytest.fixture
def van(db: Db) -> int:
    return enrol_agent(db, "van", NOON_TS)


def stored(db: Db) -> dict[tuple[int, str], tuple[tuple[int, ...], tuple[int | None, ...]]]:
    known = {one.id: one for one in series.every(db)}
    rows = samples.runs_between(db, list(known), NOON_TS, NOON_TS + 1200)
    return {((ts - NOON_TS) // 60, known[number].target): (offsets, rtts) for ts, number, offsets, rtts in rows}


# ---------------------------------------------------------------- who
def test_a_name_keeps_its_number_for_ever(db: Db, van: int) -> None:
    assert enrol_agent(db, "van", NOON_TS + 9) == van
    remove_agent(db, "van")
    assert enrol_agent(db, "phone", NOON_TS) > van
    assert enrol_agent(db, "van", NOON_TS + 99) == van
    assert not agents.every(db)[0].is_removed


def test_an_uplinks_name_is_no_agents(db: Db) -> None:
    with pytest.raises(BadRequest, match="'fibre' is an uplink of this box"):
        enrol_agent(db, "fibre", NOON_TS)
    assert agents.every(db) == []


def test_only_who_is_there_can_be_let_go(db: Db, van: int) -> None:
    remove_agent(db, "van")
    enrol_agent(db, "phone", NOON_TS)

    with pytest.raises(NotFound, match="there is no agent 'van'") as refused:
        remove_agent(db, "van")
    assert refused.value.known == ("phone",)


def test_only_an_agent_that_is_there_may_report(db: Db, van: int) -> None:
    remove_agent(db, "van")

    for number in (van, 1, 99):
        with pytest.raises(NotFound, match="agent not found"):
            record_report(db, number, AgentReport((pushed(0, 1.0),)), NOW_TS, Pasts())
    assert stored(db) == {}


# ---------------------------------------------------------------- what
def test_samples_are_stored_by_minute_and_target_whatever_their_order(db: Db, van: int) -> None:
    given = (pushed(61.5, 20.0), pushed(2.25, None), pushed(1.0, 10.5), pushed(3.0, 7.0, "other.example"))

    assert record_report(db, van, AgentReport(given), NOW_TS, Pasts()) == Accepted(Taken(4), NONE, NONE)

    assert stored(db) == {
        (0, "far.example"): ((1000, 2250), (10_500, None)),
        (0, "other.example"): ((3000,), (7000,)),
        (1, "far.example"): ((1500,), (20_000,)),
    }
    assert {one.agent_id for one in series.every(db)} == {van}


def test_what_is_told_again_counts_once(db: Db, van: int) -> None:
    for rtt_ms in (10.0, 11.0):
        record_report(db, van, AgentReport((pushed(1.0, rtt_ms), pushed(1.0, rtt_ms + 5))), NOW_TS, Pasts())

    assert stored(db) == {(0, "far.example"): ((1000,), (16_000,))}
    ((half,),) = ([one for _, one in found] for found in halves_between(db, NOON_TS, NOON_TS + 60).values())
    assert half.sums.sent == 1


def test_three_seconds_and_more_are_a_loss(db: Db, van: int) -> None:
    record_report(db, van, AgentReport((pushed(0, 3000.0), pushed(1, 3000.1))), NOW_TS, Pasts())

    assert stored(db)[0, "far.example"][1] == (3_000_000, None)


def test_the_future_and_what_is_older_than_two_days_are_refused(db: Db, van: int) -> None:
    times = (NOW_TS + 60.1, NOW_TS + 59.9, NOW_TS - 2 * DAY + 1, NOW_TS - 2 * DAY - 1)
    given = tuple(pushed(ts - NOON_TS, 1.0) for ts in times)
    late = PushedReading(NOW_TS - 3 * DAY, Radio())

    found = record_report(db, van, AgentReport(given, (late,)), NOW_TS, Pasts())

    assert found == Accepted(Taken(2, (0, 3)), Taken(0, (0,)), NONE), "and which they were is told"


def test_radio_and_position_are_stored(db: Db, van: int) -> None:
    reading, fix = PushedReading(NOON_TS + 0.9, Radio("Bell")), PushedFix(NOON_TS + 1.5, Position(45.0, -73.0))

    found = record_report(db, van, AgentReport((), (reading,), (fix,)), NOW_TS, Pasts())

    assert found == Accepted(NONE, Taken(1), Taken(1))
    assert radio.newest(db, van, NOON_TS) == RadioReading(van, NOON_TS, Radio("Bell"))
    assert positions.newest(db, van, NOON_TS) == PositionFix(van, NOON_TS + 1, Position(45.0, -73.0))


def test_an_agent_says_who_it_is_and_was_heard_when_it_measured(db: Db, van: int) -> None:
    record_report(db, van, AgentReport((pushed(30.9, 1.0),), profile=Profile("Bell")), NOW_TS, Pasts())
    record_report(db, van, AgentReport((pushed(10, 1.0),)), NOW_TS, Pasts())
    record_report(db, van, AgentReport(), NOW_TS, Pasts())

    agent = next(one for one in agents.every(db) if one.id == van)
    assert (agent.seen_ts, agent.profile) == (NOON_TS + 30, Profile("Bell"))


def test_what_comes_late_is_in_its_hour(db: Db, van: int) -> None:
    pasts = Pasts()
    for second in (0, HOUR, 30):
        record_report(db, van, AgentReport((pushed(second, 9.0),)), NOON_TS + HOUR + 60, pasts)

    assert db.rows("SELECT ts, sent FROM sample_hour") == [(NOON_TS, 2)]
