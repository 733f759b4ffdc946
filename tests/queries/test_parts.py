"""What answers are joined from is written once, and anew as soon as something served of it changed."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ispstatus.actions.minutes import record_minutes
from ispstatus.actions.rollup import close_days
from ispstatus.queries.history import history_gzip, history_text
from ispstatus.queries.parts import Parts
from ispstatus.queries.reader import Reader
from ispstatus.queries.uplinks import find_uplink
from ispstatus.store.db import Db
from tests.helpers.make import a_minute
from tests.store.kit import HandClock, text_of

DAY = 86_400
FIRST = 20_000 * DAY


@pytest.fixture
def reader(db: Db, hands: HandClock, tmp_path: Path) -> Iterator[Reader]:
    """Four days of history, closed but for the last, read by the product."""
    hands.wall_s = FIRST + 3 * DAY + 43_200 + 20
    with db.transaction():
        record_minutes(db, [a_minute(ts=ts) for ts in range(FIRST, FIRST + 3 * DAY + 43_200, 60)])
    with db.transaction():
        close_days(db)
    opened = Reader(tmp_path / "ispstatus.db")
    yield opened
    opened.close()


def answer(reader: Reader, hands: HandClock, *, is_gzip: bool) -> Any:
    uplink, now = find_uplink(reader, "fibre"), hands.clock.now()
    if is_gzip:
        return json.loads(gzip.decompress(history_gzip(reader, uplink, "72h", now)))
    return json.loads(b"".join(history_text(reader, uplink, "72h", now)))


def test_closed_days_joined_are_their_points_in_order(reader: Reader) -> None:
    closed = Parts(reader, 1).closed(20_000, 20_003)

    points = json.loads(b"[" + text_of(closed.piece)[:-1] + b"]")
    assert [point["ts"] for point in points] == list(range(FIRST, FIRST + 3 * DAY, 300))
    assert closed.totals.up == 3 * 1440
    assert len(closed.daily) == 3


def test_a_range_without_a_closed_day_has_no_middle(reader: Reader) -> None:
    closed = Parts(reader, 1).closed(20_000, 20_000)

    assert (text_of(closed.piece), closed.daily) == (b"", ())


def test_a_part_of_a_day_is_the_same_in_one_piece_and_in_stretches(reader: Reader) -> None:
    parts = Parts(reader, 1)

    whole = parts.written(FIRST + 300, FIRST + 81_000)
    pieces = [parts.written(start, start + 300) for start in range(FIRST + 300, FIRST + 81_000, 300)]

    assert whole.text == b"".join(piece.text for piece in pieces)
    assert whole.totals.buckets == len(pieces)


def test_sums_of_days_are_those_of_their_texts(reader: Reader) -> None:
    parts = Parts(reader, 1)

    assert parts.totals(20_000, 20_003) == parts.closed(20_000, 20_003).totals


def test_what_was_written_once_is_not_written_again(reader: Reader) -> None:
    assert Parts(reader, 1).closed(20_000, 20_003) is Parts(reader, 1).closed(20_000, 20_003)


@pytest.mark.parametrize("is_gzip", [True, False])
@pytest.mark.parametrize("age_s", [3600, 43_200 + 3600, DAY + 43_200 + 3600])
def test_a_minute_changed_later_is_in_the_next_answer(
    db: Db, reader: Reader, hands: HandClock, age_s: int, is_gzip: bool
) -> None:
    before = answer(reader, hands, is_gzip=is_gzip)
    ts = FIRST + 3 * DAY + 43_200 - age_s

    with db.transaction():
        record_minutes(db, [a_minute(ts=ts, sent=61)])
    after = answer(reader, hands, is_gzip=is_gzip)

    differing = [new["ts"] for old, new in zip(before["points"], after["points"], strict=True) if old != new]
    assert differing == [ts - ts % 300]
