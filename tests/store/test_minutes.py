from hypothesis import given
from hypothesis import strategies as st

from ispstatus.model.record import Minute
from ispstatus.model.state import Fault, State
from ispstatus.store import minutes
from ispstatus.store.db import Db
from tests.helpers.make import NOON_TS, a_minute

small = st.integers(0, 255)
sums = st.integers(0, 10**10)


@st.composite
def any_minute(draw: st.DrawFn) -> Minute:
    cuts = sorted(draw(st.lists(st.integers(0, 60), min_size=4, max_size=4)))
    up, degraded, down, excluded, unknown = (b - a for a, b in zip([0, *cuts], [*cuts, 60], strict=True))
    return Minute(
        uplink_id=draw(st.integers(1, 1000)),
        ts=60 * draw(st.integers(0, 10**8)),
        state=draw(st.sampled_from(State)),
        up_s=up,
        degraded_s=degraded,
        down_s=down,
        unknown_s=unknown,
        excluded_s=excluded,
        down_fault=draw(st.sampled_from(Fault)),
        sent=draw(small),
        received=draw(small),
        rtt_sum_us=draw(sums),
        rtt_max_us=draw(st.none() | sums),
        jitter_sum_us=draw(sums),
        jitter_count=draw(small),
        http_ok=draw(small),
        http_failed=draw(small),
        dns_ok=draw(small),
        dns_failed=draw(small),
    )


@given(any_minute())
def test_a_minute_survives_packing(minute: Minute) -> None:
    assert minutes.unpack_minute(minutes.pack_minute(minute)) == minute


def test_more_than_fits_is_cut_without_making_up_loss() -> None:
    packed = minutes.unpack_minute(minutes.pack_minute(a_minute(sent=900, received=900, jitter_count=899, http_ok=300)))
    assert (packed.sent, packed.received, packed.jitter_count, packed.http_ok) == (255, 255, 255, 255)


def test_sql_takes_a_minute_apart_as_python_does(db: Db) -> None:
    minute = a_minute(
        state=State.DEGRADED,
        up_s=11,
        degraded_s=13,
        down_s=17,
        excluded_s=7,
        unknown_s=12,
        down_fault=Fault.DNS,
        sent=61,
        received=44,
    )
    minutes.put_minutes(db, [minute])
    columns = "state, up_s, degraded_s, down_s, excluded_s, fault, sent, received"
    assert db.row(f"SELECT {columns} FROM minute") == (1, 11, 13, 17, 7, minutes.FAULTS.index(Fault.DNS), 61, 44)


def test_the_code_of_every_state_is_that_of_the_contract(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(n, state=state) for n, state in enumerate(State)])
    assert [row[0] for row in db.rows("SELECT state FROM minute ORDER BY ts")] == [state.code for state in State]


def test_only_the_asked_for_minutes_exist(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(0), a_minute(1), a_minute(2, uplink_id=2)])
    found = minutes.existing(db, [a_minute(0), a_minute(2), a_minute(5)])
    assert found == {(NOON_TS, 1): a_minute(0)}
    assert minutes.existing(db, []) == {}


def test_minutes_come_oldest_first(db: Db) -> None:
    minutes.put_minutes(db, [a_minute(2), a_minute(0), a_minute(1)])
    assert minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 120) == [a_minute(0), a_minute(1)]
    assert minutes.minutes_after(db, (NOON_TS, 1)) == [a_minute(1), a_minute(2)]
    assert minutes.newest_minute_ts(db) == NOON_TS + 120
    assert minutes.reach(db) == (NOON_TS, NOON_TS + 120)


def test_an_empty_memory_has_no_reach(db: Db) -> None:
    assert minutes.newest_minute_ts(db) is None
    assert minutes.reach(db) == (0, 0)


def test_seconds_add_up_by_uplink_and_fault(db: Db) -> None:
    down = {"state": State.DOWN, "up_s": 50, "down_s": 10, "down_fault": Fault.ACCESS}
    minutes.put_minutes(db, [a_minute(0), a_minute(1), a_minute(2, **down), a_minute(3, uplink_id=2)])
    counts = minutes.second_sums(db, NOON_TS, NOON_TS + 300)
    usable = [count for count in counts if count.uplink_id == 1 and count.is_usable]
    assert [(count.up_s, count.sent) for count in usable] == [(120, 120)]
    (broken,) = (count for count in counts if not count.is_usable)
    assert (broken.up_s, broken.down_s, broken.fault) == (50, 10, Fault.ACCESS)


def test_excluded_minutes_remember_what_they_were(db: Db) -> None:
    before = [a_minute(0), a_minute(1, state=State.DOWN, up_s=0, down_s=60, down_fault=Fault.PROVIDER)]
    minutes.put_minutes(db, before)
    changed = minutes.exclude(db, 1, NOON_TS, NOON_TS + 120)
    assert sorted(changed) == [NOON_TS, NOON_TS + 60]
    after = minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 120)
    assert [(minute.excluded_s, minute.up_s, minute.down_s) for minute in after] == [(60, 0, 0)] * 2
    assert minutes.exclude(db, 1, NOON_TS, NOON_TS + 120) == []
    assert sorted(minutes.include_again(db, 1, NOON_TS, NOON_TS + 120)) == [NOON_TS, NOON_TS + 60]
    assert minutes.minutes_between(db, 1, NOON_TS, NOON_TS + 120) == before
