import json
from collections.abc import Mapping

import pytest

from ispstatus.analytics.buckets import bucket_of
from ispstatus.model.errors import StorageError
from ispstatus.model.record import Outage
from ispstatus.model.state import State
from ispstatus.model.window import Window
from ispstatus.store import buckets, chunks, outages, points
from ispstatus.store.chunks import DAY, DayTotals
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, a_minute, an_outage
from tests.store.kit import text_of

TODAY = NOON_TS // DAY


def summarise(window: Window, totals: DayTotals, touching: list[Outage]) -> Mapping[str, object]:
    return {"seconds": window.seconds, "up": totals.up, "outages": len(touching)}


def fill(db: Db) -> None:
    down = {"state": State.DOWN, "up_s": 20, "down_s": 30, "unknown_s": 10}
    rows = [a_minute(n) for n in range(5)], [a_minute(n, **down) for n in range(5, 9)]
    buckets.put_buckets(db, [bucket_of(1, NOON_TS + 300 * place, found) for place, found in enumerate(rows)])
    outages.add(db, an_outage(300, 30))


def test_a_day_is_its_points_its_sums_and_its_row(db: Db) -> None:
    fill(db)

    chunk = chunks.build(db, 1, TODAY, summarise)

    found = json.loads(b"[" + text_of(chunk.piece)[:-1] + b"]")
    assert len(found) == 288
    assert [point["state"] for point in found[144:147]] == [2, 0, None]
    # A bucket counts what its four minutes know: the fifth, missing one is unknown.
    assert chunk.totals == DayTotals(buckets=2, up=5, degraded=0, down=4, down_s=120, unknown_s=100, excluded_s=0)
    assert json.loads(chunk.daily) == {"day": "2026-03-01", "seconds": DAY, "up": 5, "outages": 1}


def test_a_day_is_stored_and_read_back_whole(db: Db) -> None:
    fill(db)
    made = [chunks.build(db, 1, day, summarise) for day in (TODAY - 1, TODAY)]
    for chunk in made:
        chunks.put(db, chunk)

    assert chunks.between(db, 1, TODAY - 1, TODAY + 1) == {chunk.day: chunk for chunk in made}
    assert chunks.between(db, 1, TODAY, TODAY) == {}
    assert chunks.totals_between(db, 1, 0, TODAY + 1) == {chunk.day: chunk.totals for chunk in made}
    assert chunks.days(db, 1, TODAY) == {TODAY}
    assert chunks.days(db, 2, 0) == set()


def test_a_day_of_another_shape_counts_as_missing(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks.put(db, chunks.build(db, 1, TODAY, summarise))
    monkeypatch.setattr(chunks, "SHAPE", points.SHAPE + 1)

    assert chunks.between(db, 1, 0, TODAY + 1) == {}
    assert chunks.totals_between(db, 1, 0, TODAY + 1) == {}
    assert chunks.days(db, 1, 0) == set()


def test_days_are_forgotten_one_by_one_and_by_age(db: Db) -> None:
    for day in range(TODAY - 4, TODAY + 1):
        chunks.put(db, chunks.build(db, 1, day, summarise))

    assert chunks.drop(db, 1, TODAY - 1, TODAY) == 2
    assert chunks.drop(db, 2, 0, TODAY) == 0
    assert chunks.drop_before(db, TODAY - 3) == 1
    assert chunks.days(db, 1, 0) == {TODAY - 3, TODAY - 2}


def test_sums_add_up() -> None:
    one = DayTotals(1, 2, 3, 4, 5, 6, 7)

    assert chunks.add_totals([one, one, DayTotals()]) == DayTotals(2, 4, 6, 8, 10, 12, 14)


def test_a_damaged_piece_is_said_when_it_is_inflated(db: Db) -> None:
    chunks.put(db, chunks.build(db, 1, TODAY, summarise))
    db.run("UPDATE day_chunk SET piece = x'ffffffffffffffff'")

    with pytest.raises(StorageError):
        text_of(chunks.between(db, 1, TODAY, TODAY + 1)[TODAY].piece)
