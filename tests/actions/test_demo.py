"""Invented history: marked as such first, believable, the same for the same seed."""

from pathlib import Path

from ispstatus.actions.demo import invent, invented_uplinks
from ispstatus.model.state import State
from ispstatus.store import chunks, events, meta, minutes, outages, uplinks
from ispstatus.store.db import Db, Row
from tests.helpers.make import LIMITS, NOON, NOON_TS, PLAN
from tests.store.kit import HandClock, a_database

DAYS = 8


def an_invented_database(folder: Path, seed: int = 1) -> Db:
    hands = HandClock(float(NOON_TS))
    db = a_database(folder, hands, uplinks=0)
    for write in invent(invented_uplinks(PLAN, LIMITS), days=DAYS, seed=seed, now=NOON):
        with db.transaction():
            write(db)
    return db


def story(db: Db) -> list[Row]:
    return db.rows("SELECT uplink_id, first_bad_us, first_good_us, reason FROM outage ORDER BY first_bad_us, uplink_id")


def test_it_is_marked_before_anything_else(tmp_path: Path) -> None:
    db = a_database(tmp_path, uplinks=0)
    first = next(iter(invent(invented_uplinks(PLAN, LIMITS), days=1, seed=7, now=NOON)))

    first(db)

    assert meta.get(db, meta.DEMO) == "7"
    assert db.value("SELECT count(*) FROM minute") == 0
    db.close()


def test_the_same_seed_tells_the_same_story_and_another_another(tmp_path: Path) -> None:
    one, same, other = (an_invented_database(tmp_path / name, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))

    assert story(one) == story(same)
    assert story(one) != story(other)
    for db in (one, same, other):
        db.close()


def test_history_reaches_up_to_now_hangs_together_and_ends_well(tmp_path: Path) -> None:
    db = an_invented_database(tmp_path)

    assert minutes.reach(db) == (NOON_TS // 86_400 * 86_400 - DAYS * 86_400, NOON_TS - 60)
    assert [stored.name for stored in uplinks.stored(db)] == ["Fibre (BGP01)", "Wireless", "LTE backup"]
    assert {standing.decision.state for standing, _ in uplinks.standings(db).values()} == {State.UP}
    assert chunks.days(db, 1, 0) == set(range(NOON_TS // 86_400 - DAYS, NOON_TS // 86_400))
    assert len(events.between(db, 0, 1 << 61)) % 2 == 0
    for uplink in uplinks.stored(db):
        sums = minutes.second_sums(db, 0, NOON_TS)
        down_s = sum(part.down_s for part in sums if part.uplink_id == uplink.id)
        told_s = sum(
            round((outage.first_good_at - outage.first_bad_at).total_seconds())
            for outage in outages.edges(db, uplink.id, 0, 1 << 61)
            if outage.first_good_at
        )
        assert abs(down_s - told_s) <= 720, "but for a gap of at most twelve minutes they agree"
    db.close()


def test_its_hours_add_up_to_its_days(tmp_path: Path) -> None:
    db = an_invented_database(tmp_path)
    total = "SELECT sum(sent), sum(lost), sum(sum_us) FROM {} WHERE ts < ?"
    today_ts = NOON_TS - NOON_TS % 86_400

    days, hours = (db.rows(total.format(table), (today_ts,)) for table in ("sample_day", "sample_hour"))

    assert days == hours
    assert days[0][0] > DAYS * 10_000
    db.close()
