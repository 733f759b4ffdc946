from ispstatus.actions.samples import figures_of, record_runs
from ispstatus.model.record import EchoRun
from ispstatus.store import meta, samples
from ispstatus.store.db import Db
from ispstatus.store.samples import HOUR, Figures
from tests.helpers.make import NOON_TS

TARGET = "192.0.2.1"


def a_run(
    minute: int = 0, offsets: tuple[int, ...] = (0, 1000), rtts: tuple[int | None, ...] = (9_000, 9_500)
) -> EchoRun:
    return EchoRun(1, TARGET, NOON_TS + 60 * minute, offsets, rtts)


def runs(db: Db) -> list[EchoRun]:
    return [run for _, _, run in samples.runs_between(db, 1, 0, NOON_TS * 2)]


def test_figures_bridge_no_loss() -> None:
    assert figures_of([10, 14, None, 20, 21]) == Figures(5, 4, 65, 10, 17, 21, 5, 2)
    assert figures_of([None]) == Figures(1, 0, 0, None, None, None, 0, 0)
    assert figures_of([]) == Figures(0, 0, 0, None, None, None, 0, 0)


def test_a_minute_becomes_two_half_minutes(db: Db) -> None:
    record_runs(db, [a_run(offsets=(0, 29_999, 30_000), rtts=(5, 7, None))])

    assert runs(db) == [a_run(offsets=(0, 29_999, 30_000), rtts=(5, 7, None))]
    halves = db.rows("SELECT ts, sent, received FROM sample_30s ORDER BY ts")
    assert halves == [(NOON_TS, 2, 2), (NOON_TS + 30, 1, 0)]


def test_echoes_of_the_same_minute_come_together_whichever_process_sent_them(db: Db) -> None:
    record_runs(db, [a_run(offsets=(0, 1000), rtts=(1, 2))])
    record_runs(db, [a_run(offsets=(30_000, 1000), rtts=(4, 3))])

    assert runs(db) == [a_run(offsets=(0, 1000, 30_000), rtts=(1, 3, 4))]


def test_echoes_from_before_a_step_back_stay_as_they_are(db: Db) -> None:
    record_runs(db, [a_run()])
    meta.put(db, meta.FROZEN, str(NOON_TS + 60))

    record_runs(db, [a_run(rtts=(1, 1)), a_run(1)])

    assert runs(db) == [a_run(), a_run(1)]


def test_an_hour_is_summed_when_it_is_over(db: Db) -> None:
    with db.transaction():
        for minute in range(61):
            record_runs(db, [a_run(minute)])

    ((ts, target, figures),) = samples.hours(db, 1, 0, NOON_TS * 2)
    assert (ts, target) == (NOON_TS, TARGET)
    assert figures == Figures(120, 120, 60 * 18_500, 9_000, 9_250, 9_500, 60 * 500, 60)
    assert samples.unsummed_hours(db, NOON_TS + HOUR + 60) == []


def test_nothing_is_nothing(db: Db) -> None:
    record_runs(db, [])

    assert runs(db) == []
