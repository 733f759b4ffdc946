"""Which quality figures are over their limit: entry and exit thresholds, so that a verdict does not flutter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from ispstatus.model.decision import Memory
from ispstatus.model.quality import Quality
from ispstatus.model.uplink import QualityLimits, Threshold

LOSS, LATENCY, JITTER = "loss", "latency", "jitter"
LONG, SHORT = 60, 20
"""Echoes that loss is judged over: slow and sure, quick and coarse."""
SHORT_LOSSES = 3
LEAST_TO_CLEAR = 5
"""Fewer recent echoes than this never say that a loss is over."""
AUTO_AFTER = timedelta(hours=1)
AUTO_CLEAR = 0.8


@dataclass(frozen=True, slots=True)
class Loss:
    """The uplink's loss: the lower median over its answering targets, so one bad target is not a bad line."""

    lost: int
    """Of the last 60."""
    sent: int
    recent_lost: int
    """Of the last 20."""
    recent_sent: int

    @property
    def recent_pct(self) -> float:
        """Percent of the last 20."""
        return 100 * self.recent_lost / self.recent_sent if self.recent_sent else 0.0


def loss_of(quality: Quality) -> Loss | None:
    """Return the uplink's loss, None while no target answers."""
    answering = [t for t in quality.targets if not t.is_muted and t.sent > t.lost]
    if not answering:
        return None
    return Loss(
        lost=median_low(t.lost for t in answering),
        sent=median_low(t.sent for t in answering),
        recent_lost=median_low(t.recent_lost for t in answering),
        recent_sent=median_low(t.recent_sent for t in answering),
    )


def is_over_short(loss: Loss, limit: Threshold) -> bool:
    """Whether at least 3 of the last 20 are lost, and more than a limit set higher than that allows."""
    return loss.recent_lost >= SHORT_LOSSES and loss.recent_lost * 100 > limit.degraded_above * SHORT


def is_over_long(loss: Loss, limit: Threshold) -> bool:
    """Whether more than the limit of the last 60 is lost; echoes not sent yet count as answered."""
    return loss.lost * 100 > limit.degraded_above * LONG


def latency_limit(limits: QualityLimits, memory: Memory, now_at: datetime) -> Threshold | None:
    """Return the latency limit (ms): configured, else max(300, 2 x own median + 100) after the first hour."""
    if limits.latency_ms is not None:
        return limits.latency_ms
    return _auto(memory, now_at, memory.baseline.latency_ms, lambda median: max(300.0, 2 * median + 100))


def jitter_limit(limits: QualityLimits, memory: Memory, now_at: datetime) -> Threshold | None:
    """Return the jitter limit (ms): configured, else max(60, 4 x own median) after the first hour."""
    if limits.jitter_ms is not None:
        return limits.jitter_ms
    return _auto(memory, now_at, memory.baseline.jitter_ms, lambda median: max(60.0, 4 * median))


def exceeded(quality: Quality, limits: QualityLimits, memory: Memory, now_at: datetime) -> frozenset[str]:
    """Return which of ``loss latency jitter`` are over: those that crossed the entry limit and have not cleared.

    A figure that is not measured, or has no limit yet, stays as it was.
    """
    over = {
        LOSS: _loss_is_over(loss_of(quality), limits.loss_pct, was_over=LOSS in memory.exceeded),
        LATENCY: _is_over(
            quality.latency_ms, latency_limit(limits, memory, now_at), was_over=LATENCY in memory.exceeded
        ),
        JITTER: _is_over(quality.jitter_ms, jitter_limit(limits, memory, now_at), was_over=JITTER in memory.exceeded),
    }
    return frozenset(name for name, is_over in over.items() if is_over)


def measured(quality: Quality) -> frozenset[str]:
    """Return which figures exist now: only they can make a verdict."""
    figures = ((LOSS, loss_of(quality)), (LATENCY, quality.latency_ms), (JITTER, quality.jitter_ms))
    return frozenset(name for name, figure in figures if figure is not None)


def _loss_is_over(loss: Loss | None, limit: Threshold, *, was_over: bool) -> bool:
    if loss is None:
        return was_over
    if is_over_short(loss, limit):
        return True
    # A clean last 20 outweighs old losses still in the long window: else the verdict would flutter between the two.
    return not _has_cleared(loss, limit) and (was_over or is_over_long(loss, limit))


def _has_cleared(loss: Loss, limit: Threshold) -> bool:
    return loss.recent_sent >= LEAST_TO_CLEAR and loss.recent_pct <= limit.clear_below


def _is_over(figure: float | None, limit: Threshold | None, *, was_over: bool) -> bool:
    if figure is None or limit is None:
        return was_over
    return figure > (limit.clear_below if was_over else limit.degraded_above)


def _auto(memory: Memory, now_at: datetime, median: float | None, entry: Callable[[float], float]) -> Threshold | None:
    if median is None or memory.first_up_at is None or now_at - memory.first_up_at < AUTO_AFTER:
        return None
    above = entry(median)
    return Threshold(degraded_above=above, clear_below=AUTO_CLEAR * above)
