from datetime import UTC, date, datetime

from ispstatus.model.key import ApiKey, hash_of
from ispstatus.store import keys
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS

MADE = datetime.fromtimestamp(NOON_TS, UTC)


def test_a_key_is_kept_as_its_hash_alone(db: Db) -> None:
    number = keys.add(db, "insight", "noc", ("read", "ingest"), hash_of("the key"), NOON_TS)

    assert keys.usable(db, "insight") == [
        (hash_of("the key"), ApiKey(number, "insight", "noc", ("read", "ingest"), MADE))
    ]
    assert "the key" not in repr(db.rows("SELECT * FROM api_key"))


def test_families_do_not_share_keys(db: Db) -> None:
    keys.add(db, "insight", "noc", ("read",), hash_of("the key"), NOON_TS)

    assert keys.usable(db, "telemetry") == []


def test_a_revoked_key_is_remembered_and_not_usable(db: Db) -> None:
    number = keys.add(db, "insight", "noc", ("read",), hash_of("the key"), NOON_TS)

    assert keys.revoke(db, number, NOON_TS + 60)
    assert not keys.revoke(db, number, NOON_TS + 90), "once"
    assert keys.usable(db, "insight") == []
    assert [one.revoked_at for one in keys.stored(db)] == [datetime.fromtimestamp(NOON_TS + 60, UTC)]


def test_the_day_of_use_only_goes_forward(db: Db) -> None:
    number = keys.add(db, "insight", "noc", ("read",), hash_of("the key"), NOON_TS)
    for day in (date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 3)):
        keys.note_use(db, number, day)

    assert [one.used_on for one in keys.stored(db)] == [date(2026, 3, 4)]


def test_numbers_are_not_given_again(db: Db) -> None:
    first = keys.add(db, "insight", "one", ("read",), hash_of("one"), NOON_TS)
    db.run("DELETE FROM api_key")

    assert keys.add(db, "insight", "two", ("read",), hash_of("two"), NOON_TS) == first + 1
