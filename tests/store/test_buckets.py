from hypothesis import given
from hypothesis import strategies as st

from ispstatus.analytics.buckets import bucket_of
from ispstatus.model.record import Bucket, Minute
from ispstatus.model.state import State
from ispstatus.store import buckets, minutes
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, a_minute
from tests.store.test_minutes import any_minute


@given(st.lists(any_minute(), max_size=5))
def test_a_bucket_of_any_minutes_survives_packing(found: list[Minute]) -> None:
    bucket = bucket_of(1, 0, [_at(minute, place * 60) for place, minute in enumerate(found)])
    assert buckets.unpack_bucket(buckets.pack_bucket(bucket)) == bucket


def _at(minute: Minute, ts: int) -> Minute:
    return a_minute(
        **{name: getattr(minute, name) for name in Minute.__dataclass_fields__ if name not in ("ts", "uplink_id")},
        ts=ts,
    )


def test_sql_takes_a_bucket_apart_as_python_does(db: Db) -> None:
    buckets.put_buckets(db, [_bucket(up=2, degraded=1, down=1, no_data=1, down_s=45, unknown_s=75, excluded_s=30)])
    columns = "up, degraded, down, down_s, unknown_s, excluded_s"
    assert db.row(f"SELECT {columns} FROM bucket") == (2, 1, 1, 45, 75, 30)


def test_the_worst_minute_names_the_bucket() -> None:
    assert buckets.worst(4, 0, 1) is State.DOWN
    assert buckets.worst(4, 1, 0) is State.DEGRADED
    assert buckets.worst(1, 0, 0) is State.UP
    assert buckets.worst(0, 0, 0) is State.UNKNOWN


def test_a_bucket_is_served_fifteen_seconds_after_its_end() -> None:
    assert buckets.served_until_ts(NOON_TS + 14.9) == NOON_TS - 300
    assert buckets.served_until_ts(NOON_TS + 15) == NOON_TS


def test_buckets_are_found_by_time_and_uplink(db: Db) -> None:
    buckets.put_buckets(db, [_bucket(ts=NOON_TS), _bucket(ts=NOON_TS + 300), _bucket(ts=NOON_TS, uplink_id=2)])
    assert [bucket.ts for bucket in buckets.buckets_between(db, 1, NOON_TS, NOON_TS + 600)] == [NOON_TS, NOON_TS + 300]
    assert buckets.has_bucket(db, 2, NOON_TS)
    assert not buckets.has_bucket(db, 2, NOON_TS + 300)
    assert buckets.has_any(db, 2, NOON_TS - 600, NOON_TS + 1)
    assert not buckets.has_any(db, 2, NOON_TS + 1, NOON_TS + 900)
    assert buckets.newest_bucket_ts(db, 1, NOON_TS + 300) == NOON_TS
    assert buckets.newest_bucket_ts(db, 3, NOON_TS + 300) is None
    buckets.drop_bucket(db, 2, NOON_TS)
    assert not buckets.has_bucket(db, 2, NOON_TS)


def test_minutes_without_their_bucket_are_noticed(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(n) for n in (0, 1, 7)])
    buckets.put_buckets(db, [_bucket(ts=NOON_TS)])
    assert buckets.unbucketed(db, 1, NOON_TS, NOON_TS + 900) == [NOON_TS + 300]


def _bucket(**changes: int) -> Bucket:
    whole = bucket_of(1, NOON_TS, [a_minute(n) for n in range(5)])
    given = {name: getattr(whole, name) for name in Bucket.__dataclass_fields__}
    return Bucket(**{**given, **changes})
