"""Remember samples: raw, as half minutes that are judged as they close, and as hours and days that add up."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from ispstatus.analytics.aggregates import aggregate_of
from ispstatus.analytics.anomalies import Past
from ispstatus.analytics.hours import hour_of, mean_us
from ispstatus.model.record import Run
from ispstatus.model.series import HalfMinute
from ispstatus.store import half_minutes, hours, meta, samples, series
from ispstatus.store.db import Db
from ispstatus.store.half_minutes import HALF_MINUTE
from ispstatus.store.hours import DAY, HOUR

_HALF_MS = HALF_MINUTE * 1000


class Pasts:
    """The last hour of every series, which new half minutes are held against; for the thread that writes.

    Only a memory of what is stored: whatever it does not have, or has from a transaction that was rolled back or
    samples that came late, is read anew.
    """

    def __init__(self) -> None:
        self._db: Db | None = None
        self._past_of: dict[int, Past] = {}

    def judge(self, db: Db, number: int, ts: int, mean: int) -> bool:
        """Say whether the half minute at ``ts`` of series ``number`` is anomalous, and remember it."""
        if db is not self._db:
            self._load(db, ts)
        past = self._past_of.get(number)
        if past is not None and past.newest_ts is not None and past.newest_ts < ts:
            return past.judge(ts, mean)
        return self._judge_anew(db, number, ts, mean)

    def _load(self, db: Db, ts: int) -> None:
        self._db, self._past_of = db, {}
        for number, at_ts, mean in half_minutes.means(db, ts - HOUR):
            self._past_of.setdefault(number, Past()).judge(at_ts, mean)

    def _judge_anew(self, db: Db, number: int, ts: int, mean: int) -> bool:
        past = self._past_of[number] = Past()
        stored = half_minutes.means_of(db, number, ts - HOUR)
        for at_ts, earlier in stored:
            if at_ts < ts:
                past.judge(at_ts, earlier)
        is_flagged = past.judge(ts, mean)
        for at_ts, later in stored:
            if at_ts > ts:
                past.judge(at_ts, later)
        return is_flagged


def record_runs(db: Db, runs: Iterable[Run], pasts: Pasts) -> None:
    """Store samples; a minute that has some already gets those that left at other moments too."""
    frozen_ts = meta.frozen_until_ts(db)
    touched: dict[int, set[int]] = {}
    for run in runs:
        number = series.number_of(db, run)
        taken = dict(zip(run.offsets_ms, run.rtts_us, strict=True))
        stored = samples.run_of(db, run.ts, number)
        if stored is not None:
            if run.ts < frozen_ts:
                continue
            taken = {**dict(zip(*stored, strict=True)), **taken}
        _store(db, run.ts, number, sorted(taken.items()), pasts)
        touched.setdefault(run.ts, set()).add(number)
    if touched:
        _sum_up(db, touched)


def half_minute_of(rtts_us: Sequence[int | None], *, is_flagged: bool = False) -> HalfMinute:
    """Return what consecutive samples of one series came to; jitter bridges no loss."""
    answered = [rtt for rtt in rtts_us if rtt is not None]
    return HalfMinute(aggregate_of(rtts_us), round(median(answered)) if answered else None, is_flagged)


def _store(db: Db, ts: int, number: int, taken: list[tuple[int, int | None]], pasts: Pasts) -> None:
    samples.put_run(db, ts, number, ([offset for offset, _ in taken], [rtt for _, rtt in taken]))
    for start_ts, is_late in ((ts, False), (ts + HALF_MINUTE, True)):
        rtts_us = [rtt for offset, rtt in taken if is_late == (offset >= _HALF_MS)]
        if rtts_us:
            half_minutes.put(db, [(start_ts, number, _judged(db, number, start_ts, rtts_us, pasts))])


def _judged(db: Db, number: int, ts: int, rtts_us: Sequence[int | None], pasts: Pasts) -> HalfMinute:
    half = half_minute_of(rtts_us)
    mean = mean_us(half.sums)
    is_flagged = mean is not None and pasts.judge(db, number, ts, mean)
    return HalfMinute(half.sums, half.median_us, is_flagged) if is_flagged else half


def _sum_up(db: Db, touched: Mapping[int, set[int]]) -> None:
    """Sum up every hour that is over and not summed yet, the series that came late to one that was, and their days."""
    newest_ts, summed_ts = max(touched), hours.newest_ts(db)
    late: dict[int, set[int]] = {}
    for ts, numbers in touched.items():
        if ts < summed_ts + HOUR:
            late.setdefault(ts - ts % HOUR, set()).update(numbers)
    due = hours.unsummed(db, newest_ts)
    for hour_ts in due:
        _sum_hour(db, hour_ts, half_minutes.by_series(db, hour_ts, hour_ts + HOUR))
    for hour_ts, numbers in late.items():
        _sum_hour(db, hour_ts, half_minutes.of_series(db, numbers, hour_ts, hour_ts + HOUR))
    for day_ts in {ts - ts % DAY for ts in (*due, *late)}:
        if day_ts + DAY <= max(newest_ts, summed_ts + HOUR):
            hours.sum_day(db, day_ts)


def _sum_hour(db: Db, ts: int, halves: Mapping[int, Sequence[tuple[int, HalfMinute]]]) -> None:
    hours.put_hour(db, ts, {number: hour_of(ts, of_series) for number, of_series in halves.items()})
