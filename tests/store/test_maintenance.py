from dataclasses import replace
from datetime import timedelta

from ispstatus.model.settings import Maintenance
from ispstatus.store import maintenance
from ispstatus.store.codec import to_us
from ispstatus.store.db import Db
from tests.helpers.make import NOON

NIGHT = Maintenance("fibre", NOON, NOON + timedelta(hours=2), "new fibre", "TCK-1")
LATER = replace(NIGHT, start_at=NOON + timedelta(days=1), end_at=NOON + timedelta(days=1, hours=1))


def test_entries_are_kept_with_when_they_were_first_seen(db: Db) -> None:
    maintenance.put(db, [LATER, NIGHT], to_us(NOON))
    maintenance.put(db, [NIGHT], to_us(NOON) + 5)

    assert maintenance.stored(db) == {NIGHT: to_us(NOON), LATER: to_us(NOON)}
    assert list(maintenance.stored(db)) == [NIGHT, LATER], "the earlier one first"


def test_other_words_for_the_same_work_keep_its_date(db: Db) -> None:
    maintenance.put(db, [NIGHT], 1)
    renamed = replace(NIGHT, reason="moved", reference="TCK-2")
    maintenance.put(db, [renamed], 2)

    assert maintenance.stored(db) == {renamed: 1}


def test_entries_are_forgotten_by_uplink_and_span(db: Db) -> None:
    maintenance.put(db, [NIGHT, LATER], 1)
    maintenance.drop(db, [replace(LATER, reason="whatever"), replace(NIGHT, uplink="lte")])

    assert list(maintenance.stored(db)) == [NIGHT]
