"""An uplink's number is for ever; its name, place and hardware may change."""

from dataclasses import replace

import pytest

from ispstatus.actions.uplinks import forget_uplink, put_back_uplinks, register_uplinks, spend_bytes
from ispstatus.model.errors import NotFound
from ispstatus.model.uplink import Uplink
from ispstatus.store import uplinks
from ispstatus.store.db import Db
from tests.helpers.make import an_uplink
from tests.store.kit import some_uplinks


def configured(name: str, **more: object) -> Uplink:
    return an_uplink(id=0, name=name, is_configured=True, **more)


def detected(name: str, mac: str | None = None) -> Uplink:
    return an_uplink(id=0, name=name, interface=name, is_configured=False, mac=mac)


def register(db: Db, *wished: Uplink) -> list[tuple[int, str]]:
    with db.transaction():
        return [(uplink.id, uplink.name) for uplink in register_uplinks(db, wished)]


def stored(db: Db) -> list[tuple[int, str, bool]]:
    return [(one.id, one.name, one.is_removed) for one in uplinks.stored(db)]


@pytest.fixture
def bare(db: Db) -> Db:
    """A database that has never known an uplink."""
    db.run("DELETE FROM uplink")
    db.run("DELETE FROM sqlite_sequence")
    return db


# ---------------------------------------------------------------- configured
def test_configured_uplinks_come_in_the_order_given_with_numbers_for_ever(bare: Db) -> None:
    assert register(bare, configured("a"), configured("b")) == [(1, "a"), (2, "b")]
    assert register(bare, configured("b"), configured("c"), configured("a")) == [(2, "b"), (3, "c"), (1, "a")]
    assert stored(bare) == [(2, "b", False), (3, "c", False), (1, "a", False)]


def test_what_is_not_configured_any_more_is_removed_and_continues_when_it_comes_back(bare: Db) -> None:
    register(bare, configured("a"), configured("b"))
    register(bare, configured("b"))
    assert stored(bare) == [(2, "b", False), (1, "a", True)]

    assert register(bare, configured("a"), configured("b")) == [(1, "a"), (2, "b")]
    assert stored(bare) == [(1, "a", False), (2, "b", False)]


def test_was_hands_number_and_history_over_once(bare: Db) -> None:
    register(bare, configured("old"))

    assert register(bare, configured("new", was=("older", "old"))) == [(1, "new")]
    assert register(bare, configured("new", was=("old",)), configured("old")) == [(1, "new"), (2, "old")]


def test_names_can_change_hands(bare: Db) -> None:
    register(bare, configured("a"), configured("b"))

    assert register(bare, configured("b", was=("a",)), configured("a", was=("b",))) == [(2, "b"), (1, "a")]
    assert register(bare, configured("c", was=("a",)), configured("a", was=("c",))) == [(3, "c"), (1, "a")]


def test_settings_follow_the_configuration(bare: Db) -> None:
    register(bare, configured("a", metered=False))
    register(bare, configured("a", metered=True))

    read = uplinks.stored(bare)[0].read()
    assert read is not None
    assert read.metered


# ---------------------------------------------------------------- detected
def test_detected_uplinks_keep_the_order_they_were_first_seen_in(bare: Db) -> None:
    register(bare, detected("eth1"), detected("eth2"))

    assert register(bare, detected("eth3"), detected("eth2"), detected("eth1")) == [
        (1, "eth1"),
        (2, "eth2"),
        (3, "eth3"),
    ]


def test_one_whose_route_is_gone_stays_until_it_is_forgotten(bare: Db) -> None:
    register(bare, detected("eth1"), detected("eth2"))

    assert register(bare, detected("eth2")) == [(1, "eth1"), (2, "eth2")]
    assert register(bare) == [(1, "eth1"), (2, "eth2")]
    forget_uplink(bare, "eth1")
    assert register(bare, detected("eth2")) == [(2, "eth2")]


def test_a_renamed_interface_is_known_by_its_hardware_and_keeps_its_name(bare: Db) -> None:
    register(bare, detected("eth1", "02:00:00:00:00:01"))

    assert register(bare, detected("wan0", "02:00:00:00:00:01")) == [(1, "eth1")]


def test_two_of_the_same_hardware_are_not_guessed_at(bare: Db) -> None:
    register(bare, detected("eth1.10", "02:00:00:00:00:01"), detected("eth1.20", "02:00:00:00:00:01"))

    assert register(bare, detected("wan0", "02:00:00:00:00:01"))[-1] == (3, "wan0")


def test_configuring_a_detected_uplink_by_its_name_continues_it(bare: Db) -> None:
    register(bare, detected("eth1"), detected("eth2"))

    assert register(bare, configured("eth1")) == [(1, "eth1")]
    assert stored(bare) == [(1, "eth1", False), (2, "eth2", True)]


# ---------------------------------------------------------------- the rest
def test_forgetting_nobody_names_those_who_are_there(db: Db) -> None:
    register(db, *some_uplinks(2))
    forget_uplink(db, "fibre")

    with pytest.raises(NotFound) as missing:
        forget_uplink(db, "fibre")
    assert missing.value.known == ("line2",)


def test_uplinks_in_use_get_their_lost_rows_back(db: Db) -> None:
    watched = [an_uplink(id=4, name="lost"), an_uplink(id=1, name="fibre")]

    put_back_uplinks(db, watched)
    put_back_uplinks(db, watched)

    assert sorted(stored(db)) == [(1, "fibre", False), (4, "lost", False)]
    assert uplinks.stored(db)[0].read() is not None


def test_what_probing_costs_adds_up(db: Db) -> None:
    spend_bytes(db, "2026-03", {1: 5})
    spend_bytes(db, "2026-03", {1: 6})

    assert uplinks.bytes_spent(db, "2026-03") == {1: 11}


def test_a_removed_uplink_is_read_as_such(db: Db) -> None:
    forget_uplink(db, "fibre")

    read = uplinks.stored(db)[0].read()
    assert read is not None
    assert read == replace(read, is_removed=True)
