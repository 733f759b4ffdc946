from ispstatus.store import meta
from ispstatus.store.db import Db


def test_a_word_is_noted_changed_and_forgotten(db: Db) -> None:
    assert meta.get(db, "word") is None
    meta.put(db, "word", "one")
    meta.put(db, "word", "two")
    assert meta.get(db, "word") == "two"
    meta.put(db, "word", None)
    assert meta.get(db, "word") is None


def test_nothing_is_frozen_before_the_clock_steps(db: Db) -> None:
    assert meta.frozen_until_ts(db) == 0
    meta.put(db, meta.FROZEN, "1234")
    assert meta.frozen_until_ts(db) == 1234
