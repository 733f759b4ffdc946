from contextlib import suppress
from dataclasses import replace
from random import Random

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.samples import record_runs
from ispstatus.analytics.aggregates import half_minute_of
from ispstatus.analytics.anomalies import Past, events_of
from ispstatus.model.record import Run
from ispstatus.model.series import Aggregate, Protocol
from ispstatus.model.state import State
from ispstatus.model.uplink import Contract
from ispstatus.store import health, hours, meta, minutes, samples, series, uplinks
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from tests.helpers.make import NOON_TS, a_minute, a_run, an_uplink
from tests.store.kit import halves_between

MIDNIGHT_TS = NOON_TS - NOON_TS % DAY


def stored(db: Db) -> list[Run]:
    found = samples.runs_between(db, [1], NOON_TS, NOON_TS + 600)
    return [replace(a_run(offsets_ms=offsets, rtts_us=rtts), ts=ts) for ts, _, offsets, rtts in found]


def flags(db: Db) -> dict[int, bool]:
    """Return which half minutes were flagged, by their number since noon."""
    rows = db.rows("SELECT ts, is_flagged FROM sample_30s ORDER BY ts")
    return {(ts - NOON_TS) // 30: bool(flagged) for ts, flagged in rows}


def a_noisy(minute: int, *, spike: bool = False, draw: Random | None = None) -> Run:
    """Return one echo in each half of a minute, the later one 30 ms slower if it is to stand out."""
    near = draw or Random(minute)
    rtts = (20_000 + near.randrange(800), 20_000 + near.randrange(800) + 30_000 * spike)
    return a_run(minute=minute, offsets_ms=(0, 30_000), rtts_us=rtts)


def rolled_back(db: Db, run: Run, pasts: Pasts) -> None:
    """Record a run in a transaction that fails at its end."""
    with suppress(ZeroDivisionError), db.transaction():
        record_runs(db, [run], pasts)
        raise ZeroDivisionError


def test_a_minute_becomes_two_half_minutes(db: Db) -> None:
    run = a_run(offsets_ms=(0, 29_999, 30_000), rtts_us=(5, 7, None))
    record_runs(db, [run], Pasts())

    assert stored(db) == [run]
    assert halves_between(db, NOON_TS, NOON_TS + 60) == {
        1: [(NOON_TS, half_minute_of([5, 7])), (NOON_TS + 30, half_minute_of([None]))]
    }


def test_samples_of_the_same_minute_come_together_whichever_process_sent_them(db: Db) -> None:
    record_runs(db, [a_run(offsets_ms=(0, 1000), rtts_us=(1, 2))], Pasts())
    record_runs(db, [a_run(offsets_ms=(30_000, 1000), rtts_us=(4, 3))], Pasts())

    assert stored(db) == [a_run(offsets_ms=(0, 1000, 30_000), rtts_us=(1, 3, 4))]


def test_samples_from_before_a_step_back_stay_as_they_are(db: Db) -> None:
    record_runs(db, [a_run()], Pasts())
    meta.put(db, meta.FROZEN, str(NOON_TS + 60))

    record_runs(db, [a_run(rtts_us=(1, 1)), a_run(minute=1)], Pasts())

    assert stored(db) == [a_run(), a_run(minute=1)]


def test_protocols_do_not_mix(db: Db) -> None:
    record_runs(db, [a_run(), a_run(protocol=Protocol.TCP, rtts_us=(1, None))], Pasts())

    halves = halves_between(db, NOON_TS, NOON_TS + 60)
    assert [halves[one.id][0][1].sums.lost for one in series.of_agent(db, 1)] == [0, 1]


def test_nothing_is_nothing(db: Db) -> None:
    record_runs(db, [], Pasts())

    assert stored(db) == []


# ---------------------------------------------------------------- flags
def test_a_half_minute_out_of_the_ordinary_is_flagged_as_it_closes(db: Db) -> None:
    pasts = Pasts()
    for minute in range(20):
        record_runs(db, [a_noisy(minute, spike=minute in (2, 15))], pasts)

    assert [half for half, is_flagged in flags(db).items() if is_flagged] == [31]  # the first had no past


def test_flags_are_the_same_whoever_remembers_and_whatever_is_tried_again(db: Db) -> None:
    """A past kept in memory, one read anew each time, and one with transactions that are rolled back in between."""
    draw = Random(5)
    runs = [a_noisy(minute, spike=draw.random() < 0.1, draw=draw) for minute in range(150)]
    reference = Past()
    expected = {
        2 * minute + half: reference.judge(run.ts + 30 * half, rtt or 0)
        for minute, run in enumerate(runs)
        for half, rtt in enumerate(run.rtts_us)
    }
    assert 5 < sum(expected.values()) < 60

    for remember in ("kept", "anew", "rolled back"):
        db.run("DELETE FROM sample_30s")
        db.run("DELETE FROM sample")
        pasts = Pasts()
        for number, run in enumerate(runs):
            if remember == "anew":
                pasts = Pasts()
            if remember == "rolled back" and number % 7 == 0:
                rolled_back(db, run, pasts)
            with db.transaction():
                record_runs(db, [run], pasts)
        assert flags(db) == expected, remember


def test_half_a_minute_that_is_tried_again_is_held_against_the_same(db: Db) -> None:
    pasts = Pasts()
    for minute in range(10):
        record_runs(db, [a_noisy(minute)], pasts)
    spike = a_run(minute=10, offsets_ms=(0,), rtts_us=(50_000,))

    rolled_back(db, spike, pasts)
    record_runs(db, [spike], pasts)

    assert flags(db)[20]


def test_what_comes_late_is_held_against_its_own_hour(db: Db) -> None:
    pasts = Pasts()
    for minute in (*range(10), *range(11, 20)):
        record_runs(db, [a_noisy(minute)], pasts)
    record_runs(db, [a_noisy(10, spike=True)], pasts)

    assert [half for half, is_flagged in flags(db).items() if is_flagged] == [21]


def test_what_comes_late_takes_nothing_from_what_comes_next(db: Db) -> None:
    """Most of the hour was slow: another slow half minute is ordinary, whatever was told in between."""
    pasts = Pasts()
    for minute in (*range(10), *range(11, 26)):
        slow = a_run(minute=minute, offsets_ms=(0, 30_000), rtts_us=(50_000, 51_000))
        record_runs(db, [slow if minute > 10 else a_noisy(minute)], pasts)
    record_runs(db, [a_noisy(10)], pasts)

    record_runs(db, [a_run(minute=26, offsets_ms=(0,), rtts_us=(50_500,))], pasts)

    assert not flags(db)[52]


def test_both_halves_of_a_late_minute_count(db: Db) -> None:
    """The tenth answer of the hour is the late minute's own first half."""
    pasts = Pasts()
    early = [a_noisy(minute) for minute in range(4)]
    record_runs(db, [*early, a_run(minute=4, offsets_ms=(0,), rtts_us=(20_000,))], pasts)
    record_runs(db, [a_run(minute=6, offsets_ms=(0,), rtts_us=(20_000,))], pasts)

    record_runs(db, [a_noisy(5, spike=True)], pasts)

    assert flags(db)[11]


# ---------------------------------------------------------------- hours and days
def test_an_hour_is_summed_when_it_is_over(db: Db) -> None:
    pasts = Pasts()
    for minute in range(60):
        record_runs(db, [a_run(minute=minute)], pasts)
    assert hours.newest_ts(db) == -HOUR
    record_runs(db, [a_run(minute=60)], pasts)

    ((ts, target, hour),) = hours.of_protocol(db, 1, Protocol.ICMP, 0, NOON_TS * 2)
    assert (ts, target, hour.median_us) == (NOON_TS, "192.0.2.1", 9250)
    assert (hour.sums.sent, hour.sums.sum_us, hour.sums.steps) == (120, 60 * 18_500, 60)
    assert hour.events == events_of([(Aggregate(1), False)] * 60)
    assert hour.means_us == (9250,) * 12


def test_an_hour_that_gets_more_is_summed_again_and_its_day_too(db: Db) -> None:
    pasts = Pasts()
    for hour in range(26):
        record_runs(db, [replace(a_run(), ts=MIDNIGHT_TS + hour * HOUR)], pasts)
    assert db.rows("SELECT sent FROM sample_day") == [(48,)]

    record_runs(db, [replace(a_run(), ts=MIDNIGHT_TS + 2 * HOUR + 60)], pasts)

    assert db.rows("SELECT sent FROM sample_day") == [(50,)]
    found = hours.of_protocol(db, 1, Protocol.ICMP, MIDNIGHT_TS + 2 * HOUR, MIDNIGHT_TS + 3 * HOUR)
    assert [hour.sums.sent for _, _, hour in found] == [4]


def test_a_day_that_ended_while_the_box_was_off_is_added_up_later(db: Db) -> None:
    pasts = Pasts()
    record_runs(db, [replace(a_run(), ts=MIDNIGHT_TS + 5 * HOUR)], pasts)
    record_runs(db, [replace(a_run(), ts=MIDNIGHT_TS + 3 * DAY)], pasts)

    assert db.rows("SELECT ts, sent FROM sample_day") == [(MIDNIGHT_TS, 2)]


# ---------------------------------------------------------------- health
def test_an_hours_health_counts_its_good_minutes_and_those_of_down(db: Db) -> None:
    pasts = Pasts()
    minutes.put_minutes(db, [a_minute(n, state=State.DOWN) for n in (10, 11, 30)])
    minutes.put_minutes(db, [a_minute(5, uplink_id=2, state=State.DOWN)])
    for minute in (*range(10), *range(12, 61)):
        rtts_us = (None, 9_500) if minute == 20 else (9_000, 9_100)
        record_runs(db, [a_run(minute=minute, rtts_us=rtts_us)], pasts)

    assert health.between(db, NOON_TS, NOON_TS + 1) == {1: (60, 56), 2: (1, 0)}


def test_late_samples_change_the_health_of_their_agent_alone(db: Db) -> None:
    pasts = Pasts()
    minutes.put_minutes(db, [a_minute(5, uplink_id=2, state=State.DOWN)])
    for minute in (*range(10), 60):
        record_runs(db, [a_run(minute=minute), a_run(3, minute=minute)], pasts)

    late = a_run(3, "192.0.2.9", minute=4, rtts_us=(None, None), protocol=Protocol.TCP)
    record_runs(db, [late, a_run(3, minute=12, rtts_us=(None, 9_000))], pasts)

    assert health.between(db, NOON_TS, NOON_TS + 1) == {1: (10, 10), 2: (1, 0), 3: (11, 10)}


def test_an_hour_is_judged_by_what_its_uplink_is_expected_to_do(db: Db) -> None:
    uplinks.change(db, an_uplink(contract=Contract(expected_stability_pct=99.9)), 0)
    for minute in (0, 60):
        record_runs(db, [a_run(agent, minute=minute) for agent in (1, 2)], Pasts())

    assert health.between(db, NOON_TS, NOON_TS + 1) == {1: (1, 0), 2: (1, 1)}
