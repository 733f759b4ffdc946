from datetime import timedelta

import pytest

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.radio import record_radio
from ispstatus.actions.samples import record_runs
from ispstatus.analytics.kpis import Expected
from ispstatus.analytics.latest import Latest
from ispstatus.model.agent import Profile
from ispstatus.model.errors import NotFound
from ispstatus.model.radio import Position, PositionFix, Radio, RadioReading
from ispstatus.model.series import Protocol, Sample
from ispstatus.model.uplink import Contract
from ispstatus.queries.insight.agents import (
    METADATA_S,
    Agent,
    LatestOf,
    Metadata,
    active_agents,
    active_networks,
    all_agents,
    find_agent,
    metadata_of,
)
from ispstatus.queries.reader import Reader
from ispstatus.store import agents, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS, a_run, an_uplink, at

HERE = Position(45.5, -73.5, 39.0)


def silent(_agent: Agent) -> Latest:
    return Latest(0.0, float(NOON_TS))


def nobody(_agent: Agent) -> bool:
    return False


def test_uplinks_and_remote_agents_are_agents_alike(reader: Reader, db: Db) -> None:
    contract = Contract(isp="Liquid", network_type="Fibre", hardware="ONT", details="rack 2", expected_latency_ms=40.0)
    uplinks.change(db, an_uplink(contract=contract), 0)
    van = agents.add(db, "van", NOON_TS)
    agents.describe(db, van, Profile("Bell", "5G", "Nighthawk", "red"))

    fibre, remote = all_agents(reader)

    assert (fibre.id, fibre.name, fibre.profile) == (1, "fibre", Profile("Liquid", "Fibre", "ONT", "rack 2"))
    assert fibre.expected == Expected(latency_ms=40.0)
    assert (remote.id, remote.name, remote.profile.hardware) == (van, "van", "Nighthawk")
    assert (remote.uplink, remote.expected) == (None, Expected())


def test_removed_agents_are_found_and_not_listed(reader: Reader, db: Db) -> None:
    van = agents.add(db, "van", NOON_TS)
    agents.set_removed(db, van, is_removed=True)
    uplinks.remove(db, 1)

    assert all_agents(reader) == ()
    assert [find_agent(reader, number).name for number in ("1", str(van))] == ["fibre", "van"]


@pytest.mark.parametrize("wrong", ["2", "", "01", "fibre", "-1"])
def test_a_number_nobody_has_is_refused_with_those_that_are_known(reader: Reader, wrong: str) -> None:
    with pytest.raises(NotFound, match="agent not found") as refused:
        find_agent(reader, wrong)
    assert refused.value.known == ("1",)


# ---------------------------------------------------------------- heard
def test_an_agent_was_heard_when_memory_says_so_or_else_the_store(reader: Reader, db: Db) -> None:
    agents.add(db, "van", NOON_TS)
    record_runs(db, [a_run(1), a_run(2, rtts_us=(None, None))], Pasts())
    lost = Latest(500.0, NOON_TS + 90.0, (Sample(Protocol.ICMP, "x", 495.0, None),))

    def active(seconds: float, latest_of: LatestOf) -> list[int]:
        return [agent.id for agent in active_agents(reader, at(seconds), latest_of, nobody)]

    assert active(90, silent) == [1, 2], "their half minute was over at 30"
    assert active(145, lambda agent: lost if agent.id == 2 else silent(agent)) == [2]
    assert active(146, lambda agent: lost if agent.id == 2 else silent(agent)) == []


def test_active_is_who_was_heard_in_the_last_minute_or_in_two_intervals(reader: Reader, db: Db) -> None:
    record_runs(db, [a_run(1)], Pasts())

    def slowly(_agent: Agent) -> Latest:
        return Latest(0.0, 0.0, every_s={Protocol.ICMP: 60.0, Protocol.HTTP: 300.0})

    def active(seconds: float, slow: bool = False) -> list[int]:
        return [agent.id for agent in active_agents(reader, at(seconds), slowly if slow else silent, nobody)]

    assert (active(90), active(91)) == ([1], [])
    assert (active(150, slow=True), active(151, slow=True)) == ([1], [])


def test_an_uplink_that_is_down_is_active_though_nothing_can_be_sent(reader: Reader) -> None:
    assert active_agents(reader, NOON, silent, nobody) == ()
    assert [agent.id for agent in active_agents(reader, NOON, silent, lambda agent: agent.id == 1)] == [1]
    assert active_networks(reader, "0", NOON, silent, lambda agent: agent.id == 1) == ("0",)


def test_a_network_is_seen_for_an_hour(reader: Reader, db: Db) -> None:
    assert active_networks(reader, "0", NOON, silent, nobody) == ()
    record_runs(db, [a_run(1)], Pasts())

    assert active_networks(reader, "0", at(3600), silent, nobody) == ("0",)
    assert active_networks(reader, "0", at(3600 + 61), silent, nobody) == ()


# ---------------------------------------------------------------- metadata
def test_a_modems_words_come_before_the_configuration_for_a_week(reader: Reader, db: Db) -> None:
    (agent,) = all_agents(reader)
    assert metadata_of(reader, agent, NOON) == Metadata(Profile("Liquid"), None)
    record_radio(db, [RadioReading(1, NOON_TS, Radio("Bell", "4G LTE"))], [PositionFix(1, NOON_TS, HERE)])

    week = timedelta(seconds=METADATA_S)
    assert metadata_of(reader, agent, NOON + week) == Metadata(Profile("Bell", "4G LTE"), HERE)
    assert metadata_of(reader, agent, NOON + week + timedelta(seconds=1)) == Metadata(Profile("Liquid"), None)


def test_a_modem_that_does_not_know_leaves_the_configuration_standing(reader: Reader, db: Db) -> None:
    record_radio(db, [RadioReading(1, NOON_TS, Radio(None, "5G"))], ())

    assert metadata_of(reader, all_agents(reader)[0], NOON).profile == Profile("Liquid", "5G")
