import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.buckets import bucket_of
from ispstatus.model.record import Bucket, Minute
from ispstatus.model.state import State
from ispstatus.store.buckets import BUCKET, pack_bucket
from ispstatus.store.points import points_text
from tests.helpers.make import NOON_TS, a_minute
from tests.store.test_minutes import any_minute


def points(buckets: list[Bucket], count: int) -> list[dict[str, Any]]:
    text = points_text([pack_bucket(bucket) for bucket in buckets], NOON_TS, NOON_TS + count * BUCKET)
    found: list[dict[str, Any]] = json.loads(b"[" + text[:-1] + b"]")
    return found


def a_bucket(place: int, *minutes: Minute) -> Bucket:
    return bucket_of(1, NOON_TS + place * BUCKET, minutes)


def test_a_good_bucket_is_told_in_milliseconds() -> None:
    (point,) = points([a_bucket(0, *(a_minute(n) for n in range(5)))], 1)

    assert point == {
        "ts": NOON_TS,
        "state": 2,
        "up": 5,
        "degraded": 0,
        "down": 0,
        "no_data": 0,
        "sent": 300,
        "received": 300,
        "rtt_avg_ms": 20.0,
        "rtt_max_ms": 25.0,
        "jitter_ms": 1.0,
    }


def test_what_is_missing_is_a_gap_of_null_wherever_it_lies() -> None:
    found = points([a_bucket(1, a_minute(5)), a_bucket(3, a_minute(15))], 6)

    assert [point["ts"] for point in found] == [NOON_TS + n * BUCKET for n in range(6)]
    assert [point["state"] for point in found] == [None, 2, None, 2, None, None]
    assert {point["no_data"] for point in found if point["state"] is None} == {5}
    assert points([], 2)[1]["rtt_avg_ms"] is None


def test_what_was_not_measured_is_null_and_never_nought() -> None:
    dead = a_minute(state=State.DOWN, up_s=0, down_s=60, received=0, rtt_sum_us=0, rtt_max_us=None, jitter_count=0)

    (point,) = points([a_bucket(0, dead)], 1)

    assert (point["state"], point["sent"], point["received"]) == (0, 60, 0)
    assert (point["rtt_avg_ms"], point["rtt_max_ms"], point["jitter_ms"]) == (None, None, None)


def test_a_single_answer_has_a_round_trip_and_no_jitter() -> None:
    (point,) = points([a_bucket(0, a_minute(sent=1, received=1, rtt_sum_us=9_000, jitter_sum_us=0, jitter_count=0))], 1)

    assert (point["rtt_avg_ms"], point["rtt_max_ms"], point["jitter_ms"]) == (9.0, 25.0, None)


@given(st.lists(any_minute(), min_size=1, max_size=5))
def test_a_point_says_what_its_bucket_is(minutes: list[Minute]) -> None:
    bucket = a_bucket(0, *minutes)

    (point,) = points([bucket], 1)

    assert point["state"] == bucket.state.code
    assert (point["up"], point["degraded"], point["down"], point["no_data"]) == (
        bucket.up,
        bucket.degraded,
        bucket.down,
        bucket.no_data,
    )
    assert (point["sent"], point["received"]) == (bucket.sent, bucket.received)
    assert (point["rtt_avg_ms"] is None) == (bucket.received == 0)
