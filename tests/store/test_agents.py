import pytest

from ispstatus.model.agent import Profile, RemoteAgent
from ispstatus.model.errors import StorageError
from ispstatus.store import agents, uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, an_uplink


def test_agents_and_uplinks_count_in_one_sequence(db: Db) -> None:
    first = agents.add(db, "van", NOON_TS)
    uplink = uplinks.add(db, an_uplink(name="lte"))
    second = agents.add(db, "phone", NOON_TS)

    assert (first, uplink, second) == (2, 3, 4)  # 1 is the database's own uplink


def test_a_number_is_never_given_again(db: Db) -> None:
    first = agents.add(db, "van", NOON_TS)
    db.run("DELETE FROM agent")

    assert agents.add(db, "van", NOON_TS) > first
    assert uplinks.add(db, an_uplink(name="lte")) > first + 1


def test_an_agent_before_every_uplink_has_a_number_too(db: Db) -> None:
    db.run("DELETE FROM uplink")
    db.run("DELETE FROM sqlite_sequence")

    assert agents.add(db, "van", NOON_TS) == 1
    assert uplinks.add(db, an_uplink(name="lte")) == 2


def test_a_name_is_one_agents(db: Db) -> None:
    agents.add(db, "van", NOON_TS)

    with pytest.raises(StorageError):
        agents.add(db, "van", NOON_TS)


def test_what_is_known_of_an_agent_comes_back(db: Db) -> None:
    van, phone = agents.add(db, "van", NOON_TS), agents.add(db, "phone", NOON_TS + 5)
    profile = Profile("Bell", "4G LTE", "Nighthawk", "the red one")
    agents.describe(db, van, profile)
    agents.heard(db, van, NOON_TS + 60)
    agents.heard(db, van, NOON_TS + 30)
    agents.set_removed(db, phone, is_removed=True)

    assert agents.every(db) == [
        RemoteAgent(van, "van", NOON_TS, NOON_TS + 60, profile),
        RemoteAgent(phone, "phone", NOON_TS + 5, is_removed=True),
    ]
    assert agents.named(db, "phone") == agents.every(db)[1]
    assert agents.named(db, "boat") is None
