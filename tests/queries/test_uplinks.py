import pytest

from ispstatus.actions.uplinks import forget_uplink, register_uplinks, spend_bytes
from ispstatus.model.decision import Decision, Standing
from ispstatus.model.errors import NotFound
from ispstatus.model.state import Fault, Reason, State
from ispstatus.queries import uplinks
from ispstatus.queries.reader import Reader
from ispstatus.store import uplinks as store
from ispstatus.store.db import Db
from tests.helpers.make import NOON, a_memory, a_minute
from tests.queries.kit import fill
from tests.store.kit import some_uplinks


def test_the_present_come_in_their_order_and_the_removed_last(reader: Reader, db: Db) -> None:
    register_uplinks(db, some_uplinks(3))
    forget_uplink(db, "line2")

    found = uplinks.all_uplinks(reader)

    assert [(uplink.name, uplink.is_removed) for uplink in found] == [
        ("fibre", False),
        ("line3", False),
        ("line2", True),
    ]
    assert uplinks.find_uplink(reader, "line2") == found[2]


def test_a_stranger_is_answered_with_the_known_names(reader: Reader, db: Db) -> None:
    register_uplinks(db, some_uplinks(2))

    with pytest.raises(NotFound, match="no uplink 'wan'") as missing:
        uplinks.find_uplink(reader, "wan")
    assert missing.value.known == ("fibre", "line2")


def test_one_that_cannot_be_read_does_not_hide_the_others(reader: Reader, db: Db) -> None:
    register_uplinks(db, some_uplinks(2))
    db.run("UPDATE uplink SET settings = '?' WHERE id = 1")

    assert [uplink.name for uplink in uplinks.all_uplinks(reader)] == ["line2"]


def test_standings_bytes_and_first_minutes_are_found_by_number(reader: Reader, db: Db) -> None:
    standing = Standing(Decision(State.DOWN, Reason.NO_CARRIER, Fault.ACCESS), NOON, NOON)
    store.put_standing(db, 1, standing, a_memory())
    spend_bytes(db, "2026-03", {1: 5})
    fill(db, [a_minute(0)])

    assert uplinks.standings(reader) == {1: (standing, a_memory())}
    assert (uplinks.bytes_spent(reader, "2026-03"), uplinks.bytes_spent(reader, "2026-04")) == ({1: 5}, {})
    assert uplinks.first_minutes(reader) == {1: NOON}
