"""Five minutes as one point."""

from ispstatus.analytics.buckets import bucket_of
from ispstatus.model.record import Bucket
from ispstatus.model.state import State
from tests.helpers.make import NOON_TS, a_minute


def test_five_minutes_add_up() -> None:
    minutes = [
        a_minute(0),
        a_minute(1, state=State.DEGRADED, degraded_s=30, up_s=30, rtt_max_us=90_000),
        a_minute(2, state=State.DOWN, up_s=20, down_s=40),
        a_minute(3, state=State.UNKNOWN, up_s=0, unknown_s=60, sent=0, received=0, rtt_sum_us=0, rtt_max_us=None),
        a_minute(4, up_s=0, excluded_s=60),
    ]

    assert bucket_of(1, NOON_TS, minutes) == Bucket(
        uplink_id=1,
        ts=NOON_TS,
        state=State.DOWN,
        up=2,
        degraded=1,
        down=1,
        no_data=1,
        down_s=40,
        unknown_s=60,
        sent=240,
        received=240,
        rtt_sum_us=4 * 60 * 20_000,
        rtt_max_us=90_000,
        jitter_sum_us=5 * 57_000,
        jitter_count=5 * 57,
        excluded_s=60,
    )


def test_missing_minutes_are_no_data_and_unknown() -> None:
    bucket = bucket_of(1, NOON_TS, [a_minute(1), a_minute(3)])

    assert (bucket.up, bucket.no_data, bucket.unknown_s, bucket.state) == (2, 3, 180, State.UP)
    assert bucket.up + bucket.degraded + bucket.down + bucket.no_data == 5


def test_a_bucket_without_minutes_is_unknown_never_up_or_down() -> None:
    bucket = bucket_of(1, NOON_TS, [])

    assert (bucket.state, bucket.no_data, bucket.unknown_s, bucket.rtt_max_us) == (State.UNKNOWN, 5, 300, None)


def test_minutes_of_other_buckets_are_left_out() -> None:
    bucket = bucket_of(1, NOON_TS, [a_minute(-1, state=State.DOWN), a_minute(0), a_minute(5, state=State.DOWN)])

    assert (bucket.state, bucket.up, bucket.no_data) == (State.UP, 1, 4)
