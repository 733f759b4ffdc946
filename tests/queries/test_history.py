"""Five-minute points backwards from the last served bucket: always as many, the same gzipped or not."""

import gzip
import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ispstatus.actions.rollup import close_days
from ispstatus.actions.uplinks import forget_uplink
from ispstatus.actions.verdicts import record_verdict
from ispstatus.model.decision import Decision, Standing
from ispstatus.model.errors import BadRequest
from ispstatus.model.state import Fault, Reason, State
from ispstatus.queries.history import (
    RANGES,
    availability_30d,
    buckets_in,
    history_etag,
    history_gzip,
    history_text,
    history_window,
    minutes_in,
    prepare,
    summary_of,
)
from ispstatus.queries.parts import Parts
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Db
from tests.helpers.make import NOON, NOON_TS, a_memory, a_minute, an_outage, at
from tests.queries.kit import fibre, fill
from tests.store.kit import HandClock

DAY_MINUTES = 1440
DOWN: dict[str, Any] = {"state": State.DOWN, "up_s": 0, "down_s": 60, "down_fault": Fault.ACCESS}


def move(hands: HandClock, now: datetime) -> datetime:
    hands.wall_s = now.timestamp()
    return now


def answer(reader: Reader, range_: str, now: datetime, *, is_gzip: bool = False) -> Any:
    if is_gzip:
        return json.loads(gzip.decompress(history_gzip(reader, fibre(reader), range_, now)))
    return json.loads(b"".join(history_text(reader, fibre(reader), range_, now)))


@pytest.mark.parametrize("range_", list(RANGES))
def test_a_range_has_as_many_points_as_it_says_and_ends_with_the_last_served_bucket(
    reader: Reader, hands: HandClock, range_: str
) -> None:
    now = move(hands, at(307))

    points = answer(reader, range_, now)["points"]

    assert len(points) == RANGES[range_] == {"24h": 288, "72h": 864, "7d": 2016, "30d": 8640, "90d": 25_920}[range_]
    assert points[-1]["ts"] == NOON_TS - 300
    assert {b["ts"] - a["ts"] for a, b in pairwise(points)} == {300}
    assert {point["state"] for point in points} == {None}


def test_a_bucket_is_served_fifteen_seconds_after_its_end() -> None:
    assert history_window("24h", at(314.9)).end_at == NOON
    assert history_window("24h", at(315)).end_at == at(300)


def test_an_unknown_range_names_those_there_are() -> None:
    with pytest.raises(BadRequest, match="24h, 72h, 7d, 30d, 90d"):
        history_window("1y", NOON)


def test_closed_days_and_open_ones_tell_the_same_gzipped_or_not(reader: Reader, db: Db, hands: HandClock) -> None:
    now = move(hands, at(20))
    fill(db, (a_minute(n, **(DOWN if n % 97 == 0 else {})) for n in range(-3 * DAY_MINUTES, 0)))
    open_days = answer(reader, "72h", now)

    with db.transaction():
        close_days(db)

    assert answer(reader, "72h", now) == answer(reader, "72h", now, is_gzip=True) == open_days
    assert [day["day"] for day in open_days["daily"]] == ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"]
    assert sum(point["down"] for point in open_days["points"]) == 44


def test_every_point_is_found_where_its_minutes_are(reader: Reader, db: Db, hands: HandClock) -> None:
    now = move(hands, at(20))
    fill(db, [a_minute(-10), a_minute(-5, **DOWN), a_minute(-4)])

    *_, gap, up, down = answer(reader, "24h", now)["points"]

    assert (gap["state"], up["state"], down["state"]) == (None, 2, 0)
    assert (down["up"], down["down"], down["no_data"]) == (1, 1, 3)


# ---------------------------------------------------------------- the tag
def test_the_tag_changes_with_each_bucket_and_each_change_of_what_was_served(
    reader: Reader, db: Db, hands: HandClock
) -> None:
    now = move(hands, at(320))
    fill(db, [a_minute(0)])
    tags = [history_etag(reader, fibre(reader), "24h", moment) for moment in (now, at(614), at(615))]
    assert tags[0] == tags[1] != tags[2]

    fill(db, [a_minute(0, sent=61)])

    assert history_etag(reader, fibre(reader), "24h", now) != tags[0]
    assert answer(reader, "24h", now)["points"][-1]["sent"] == 61


def test_ranges_and_uplinks_have_tags_of_their_own(reader: Reader) -> None:
    assert len({history_etag(reader, fibre(reader), range_, NOON) for range_ in RANGES}) == len(RANGES)


def test_an_outage_that_ended_changes_what_was_served_of_it(reader: Reader, db: Db, hands: HandClock) -> None:
    now = move(hands, at(320))
    fill(db, [a_minute(n) for n in range(5)])
    assert answer(reader, "24h", now)["summary"]["outages"] == 0

    with db.transaction():
        standing = Standing(Decision(State.UP, Reason.OK, Fault.NONE), NOON, NOON)
        record_verdict(db, uplink_id=1, standing=standing, memory=a_memory(), outage=an_outage(10, 20))

    summary = answer(reader, "24h", now)["summary"]
    assert (summary["outages"], summary["longest_outage_s"]) == (1, 20)


def test_a_removed_uplink_is_still_told_and_says_so(reader: Reader, db: Db, hands: HandClock) -> None:
    now = move(hands, at(320))
    fill(db, [a_minute(0)])
    assert answer(reader, "24h", now)["removed"] is False
    forget_uplink(db, "fibre")

    told = answer(reader, "24h", now)
    assert (told["removed"], told["name"], told["points"][-1]["up"]) == (True, "fibre", 1)


# ---------------------------------------------------------------- sums
def test_the_summary_counts_minutes_by_worst_state_and_availability_by_seconds(
    reader: Reader, db: Db, hands: HandClock
) -> None:
    now = move(hands, at(20))
    fill(db, [a_minute(n) for n in range(-DAY_MINUTES, -1)] + [a_minute(-1, **{**DOWN, "up_s": 30, "down_s": 30})])

    summary = answer(reader, "24h", now)["summary"]

    assert summary["samples"] == DAY_MINUTES
    assert summary["down_pct"] == pytest.approx(100 / DAY_MINUTES, abs=1e-4)
    assert summary["availability_pct"] == 99.9652, "30 s of a day, cut and not rounded"
    assert summary["coverage_pct"] == 100
    assert summary["downtime_s"] == 30


def test_the_summary_alone_is_that_of_the_answer(reader: Reader, db: Db, hands: HandClock) -> None:
    now = move(hands, at(20))
    fill(db, (a_minute(n, **(DOWN if n % 7 == 0 else {})) for n in range(-2 * DAY_MINUTES, 0, 3)))
    with db.transaction():
        close_days(db, 1)

    for range_ in RANGES:
        alone = summary_of(reader, fibre(reader), range_, now)
        told = answer(reader, range_, now)["summary"]
        assert {name: getattr(alone, name) for name in told} == told
    assert availability_30d(reader, fibre(reader), now) == answer(reader, "30d", now)["summary"]["availability_pct"]


def test_nothing_measured_has_no_availability(reader: Reader, hands: HandClock) -> None:
    assert availability_30d(reader, fibre(reader), move(hands, NOON)) is None


# ---------------------------------------------------------------- streams
def test_buckets_come_in_pages_and_padded_where_they_are_missing(reader: Reader, db: Db, hands: HandClock) -> None:
    now = move(hands, at(20))
    fill(db, (a_minute(n) for n in range(-3 * DAY_MINUTES, 0) if n // 5 % 100 != 50))
    window = history_window("72h", now)

    found = list(buckets_in(reader, 1, window))
    padded = list(buckets_in(reader, 1, window, is_padded=True))

    assert len(padded) == 864 > len(found) > 500
    assert [bucket.ts for bucket in padded] == list(range(window.start_ts, window.end_ts, 300))
    assert {bucket.state for bucket in padded} == {State.UP, State.UNKNOWN}
    assert [bucket for bucket in padded if bucket.state is State.UP] == found


def test_minutes_come_in_pages(reader: Reader, db: Db) -> None:
    fill(db, (a_minute(n) for n in range(1300)))
    window = history_window("24h", at(1300 * 60 + 20))

    found = [minute.ts for minute in minutes_in(reader, 1, window)]

    assert found == list(range(NOON_TS, NOON_TS + 1300 * 60, 60))


def test_a_range_that_begins_with_a_whole_day_is_complete(reader: Reader, db: Db, hands: HandClock) -> None:
    midnight = NOON + timedelta(hours=12, seconds=20)
    now = move(hands, midnight)
    fill(db, (a_minute(n) for n in range(-DAY_MINUTES // 2, DAY_MINUTES // 2)))

    told = answer(reader, "24h", now)

    assert {point["up"] for point in told["points"]} == {5}
    assert [day["day"] for day in told["daily"]] == ["2026-03-01"]


@pytest.mark.parametrize("range_", ["24h", "90d"])
def test_what_was_read_ahead_is_not_read_again(
    reader: Reader, hands: HandClock, monkeypatch: pytest.MonkeyPatch, range_: str
) -> None:
    now = move(hands, at(307))
    prepare(reader, fibre(reader), now)
    monkeypatch.setattr(Parts, "written", lambda *_: pytest.fail("read again"))

    assert len(answer(reader, range_, now, is_gzip=True)["points"]) == RANGES[range_]
