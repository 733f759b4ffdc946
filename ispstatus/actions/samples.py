"""Remember samples: raw, and as half minutes that are judged as they close."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from ispstatus.actions.hours import sum_up
from ispstatus.actions.pasts import Pasts
from ispstatus.analytics.aggregates import half_minute_of
from ispstatus.analytics.hours import mean_us
from ispstatus.model.record import Run
from ispstatus.model.series import HalfMinute
from ispstatus.store import half_minutes, meta, samples
from ispstatus.store.db import Db
from ispstatus.store.half_minutes import HALF_MINUTE
from ispstatus.store.runs import pack_run

_HALF_MS = HALF_MINUTE * 1000


def record_runs(db: Db, runs: Sequence[Run], pasts: Pasts) -> None:
    """Store samples; a minute that has some already gets those that left at other moments too."""
    if not runs:
        return
    pasts.open(db, min(run.ts for run in runs))
    frozen_ts = meta.frozen_until_ts(db)
    stored = {ts: samples.series_at(db, ts) for ts in {run.ts for run in runs}}
    touched: dict[int, set[int]] = {}
    batch = _Batch(db, pasts)
    for run in runs:
        number = pasts.number_of(db, run)
        if number not in stored[run.ts]:
            batch.add(number, run)
        elif run.ts >= frozen_ts:
            batch.flush()
            batch.add(number, _with_stored(db, number, run))
        else:
            continue
        stored[run.ts].add(number)
        touched.setdefault(run.ts, set()).add(number)
    batch.flush()
    if touched:
        sum_up(db, touched)


class _Batch:
    """Samples on their way to the store, raw and as half minutes: many in one statement."""

    def __init__(self, db: Db, pasts: Pasts) -> None:
        self._db = db
        self._pasts = pasts
        self._runs: list[tuple[int, int, bytes]] = []
        self._halves: list[tuple[int, int, HalfMinute]] = []

    def add(self, number: int, run: Run) -> None:
        """Take a minute and its two halves."""
        self._runs.append((run.ts, number, pack_run(run.offsets_ms, run.rtts_us)))
        early = bisect_left(run.offsets_ms, _HALF_MS)
        self._judge(number, run.ts, run.rtts_us[:early])
        self._judge(number, run.ts + HALF_MINUTE, run.rtts_us[early:])

    def flush(self) -> None:
        """Store what was taken."""
        samples.put_runs(self._db, self._runs)
        half_minutes.put(self._db, self._halves)
        self._runs, self._halves = [], []

    def _judge(self, number: int, ts: int, rtts_us: Sequence[int | None]) -> None:
        if not rtts_us:
            return
        half = half_minute_of(rtts_us)
        mean = mean_us(half.sums)
        if mean is not None and self._is_anomalous(number, ts, mean):
            half = half._replace(is_flagged=True)
        self._halves.append((ts, number, half))

    def _is_anomalous(self, number: int, ts: int, mean: int) -> bool:
        past = self._pasts.past_of(number, ts)
        if past is not None:
            return past.judge(ts, mean)
        self.flush()  # what it is held against is read from the store
        return self._pasts.judge_anew(self._db, number, ts, mean)


def _with_stored(db: Db, number: int, run: Run) -> Run:
    """Return a run together with what is stored of its minute, oldest first."""
    before = samples.run_of(db, run.ts, number) or ((), ())
    taken = {**dict(zip(*before, strict=True)), **dict(zip(run.offsets_ms, run.rtts_us, strict=True))}
    offsets_ms, rtts_us = zip(*sorted(taken.items(), key=lambda one: one[0]), strict=True)
    return replace(run, offsets_ms=offsets_ms, rtts_us=rtts_us)
