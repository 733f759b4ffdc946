"""Remember the stream's echoes: raw, as half minutes, and as hourly sums."""

from collections.abc import Iterable, Sequence
from statistics import median

from ispstatus.analytics.stats import differences
from ispstatus.model.record import EchoRun
from ispstatus.store import meta, samples
from ispstatus.store.db import Db
from ispstatus.store.samples import HALF_MINUTE, HOUR, Figures

_HALF_MS = HALF_MINUTE * 1000


def record_runs(db: Db, runs: Iterable[EchoRun]) -> None:
    """Store echoes; a minute that has some already gets those that left at other moments too."""
    frozen_ts = meta.frozen_until_ts(db)
    newest_ts = 0
    for run in runs:
        series = samples.series_id(db, run.uplink_id, run.target)
        echoes = dict(zip(run.offsets_ms, run.rtts_us, strict=True))
        stored = samples.run_of(db, run.ts, series)
        if stored is not None:
            if run.ts < frozen_ts:
                continue
            echoes = {**dict(zip(*stored, strict=True)), **echoes}
        _store(db, run.ts, series, sorted(echoes.items()))
        newest_ts = max(newest_ts, run.ts)
    if newest_ts:
        _sum_hours(db, newest_ts)


def figures_of(rtts_us: Sequence[int | None]) -> Figures:
    """Return what consecutive echoes to one target came to; jitter bridges no loss."""
    answered = [rtt for rtt in rtts_us if rtt is not None]
    steps = differences(rtts_us)
    return Figures(
        sent=len(rtts_us),
        received=len(answered),
        rtt_sum_us=sum(answered),
        rtt_min_us=min(answered, default=None),
        rtt_median_us=round(median(answered)) if answered else None,
        rtt_max_us=max(answered, default=None),
        jitter_sum_us=round(sum(steps)),
        jitter_count=len(steps),
    )


def _store(db: Db, ts: int, series: int, echoes: list[tuple[int, int | None]]) -> None:
    samples.put_run(db, ts, series, ([offset for offset, _ in echoes], [rtt for _, rtt in echoes]))
    halves = ([rtt for offset, rtt in echoes if is_late == (offset >= _HALF_MS)] for is_late in (False, True))
    samples.put_half_minutes(
        db, [(ts + HALF_MINUTE * place, series, figures_of(half)) for place, half in enumerate(halves) if half]
    )


def _sum_hours(db: Db, newest_ts: int) -> None:
    """Sum up every hour that is over and not summed yet."""
    for hour_ts in samples.unsummed_hours(db, newest_ts):
        halves = samples.half_minutes(db, hour_ts, hour_ts + HOUR)
        samples.put_hour(db, hour_ts, {series: _sum(figures) for series, figures in halves.items()})


def _sum(parts: Sequence[Figures]) -> Figures:
    medians = [part.rtt_median_us for part in parts if part.rtt_median_us is not None]
    return Figures(
        sent=sum(part.sent for part in parts),
        received=sum(part.received for part in parts),
        rtt_sum_us=sum(part.rtt_sum_us for part in parts),
        rtt_min_us=min((part.rtt_min_us for part in parts if part.rtt_min_us is not None), default=None),
        rtt_median_us=round(median(medians)) if medians else None,
        rtt_max_us=max((part.rtt_max_us for part in parts if part.rtt_max_us is not None), default=None),
        jitter_sum_us=sum(part.jitter_sum_us for part in parts),
        jitter_count=sum(part.jitter_count for part in parts),
    )
