from datetime import timedelta

from ispstatus.model.decision import Decision, Standing
from ispstatus.model.state import Fault, Reason, State
from ispstatus.store import uplinks
from ispstatus.store.db import Db
from tests.helpers.make import NOON, a_memory, an_uplink


def test_what_was_stored_is_read_back_with_its_number(db: Db) -> None:
    number = uplinks.add(db, an_uplink(id=0, name="second", mac="02:00:00:00:00:01"))
    uplinks.change(db, an_uplink(id=number, name="second", mac="02:00:00:00:00:01"), 5)
    stored = uplinks.stored(db)[-1]
    assert stored.read() == an_uplink(id=number, name="second", mac="02:00:00:00:00:01")


def test_writing_the_same_again_changes_nothing(db: Db) -> None:
    stored = uplinks.stored(db)[0].read()
    assert stored is not None
    before = db.value("SELECT total_changes()")
    uplinks.change(db, stored, 0)
    assert db.value("SELECT total_changes()") == before


def test_removed_uplinks_come_last_and_their_numbers_are_never_reused(db: Db) -> None:
    second = uplinks.add(db, an_uplink(id=0, name="second"))
    assert uplinks.remove(db, 1)
    assert not uplinks.remove(db, 1)
    assert [stored.id for stored in uplinks.stored(db)] == [second, 1]
    db.run("DELETE FROM uplink WHERE id = ?", (second,))
    assert uplinks.add(db, an_uplink(id=0, name="third")) == second + 1


def test_settings_that_cannot_be_read_leave_the_others_readable(db: Db) -> None:
    second = uplinks.add(db, an_uplink(id=0, name="second"))
    db.run("UPDATE uplink SET settings = '{' WHERE id = 1")
    assert [stored.read() is None for stored in uplinks.stored(db)] == [
        stored.id != second for stored in uplinks.stored(db)
    ]


def test_a_standing_is_replaced_and_damaged_ones_are_left_out(db: Db) -> None:
    was, standing = (
        Standing(Decision(state, Reason.OK, Fault.NONE), NOON, NOON + timedelta(minutes=1))
        for state in (State.DOWN, State.UP)
    )
    uplinks.put_standing(db, 1, was, a_memory())
    uplinks.put_standing(db, 1, standing, a_memory())
    assert uplinks.standings(db)[1] == (standing, a_memory())
    db.run("UPDATE standing SET memory = 'x'")
    assert uplinks.standings(db) == {}


def test_revisions_count_up(db: Db) -> None:
    assert uplinks.revision(db, 1) == 0
    uplinks.bump(db, [1])
    assert uplinks.revision(db, 1) == 1
    assert uplinks.revision(db, 99) == 0


def test_the_first_minute_only_moves_back(db: Db) -> None:
    assert uplinks.first_minutes(db) == {}
    for ts in (600, 1200, 300):
        uplinks.note_first_minute(db, 1, ts)
    assert uplinks.first_minutes(db) == {1: 300}


def test_bytes_add_up_by_month(db: Db) -> None:
    uplinks.add_bytes(db, "2026-03", {1: 100, 2: 5})
    uplinks.add_bytes(db, "2026-03", {1: 11})
    uplinks.add_bytes(db, "2026-04", {1: 7})
    assert uplinks.bytes_spent(db, "2026-03") == {1: 111, 2: 5}


def test_an_uplink_is_put_back_under_its_number_and_overwrites_nobody(db: Db) -> None:
    uplinks.put_back(db, an_uplink(id=7, name="second"), 1)
    uplinks.put_back(db, an_uplink(id=1, name="other"), 0)
    uplinks.put_back(db, an_uplink(id=9, name="second"), 0)

    assert [(stored.id, stored.name) for stored in uplinks.stored(db)] == [(1, "fibre"), (7, "second")]
    assert uplinks.add(db, an_uplink(id=0, name="third")) > 7
