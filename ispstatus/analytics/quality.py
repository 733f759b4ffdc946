"""How well each target answers the stream, kept as it happens: adding an echo costs a few operations."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median_low

from ispstatus.analytics.stats import differences, median, percentile
from ispstatus.model.quality import Quality, TargetQuality

LONG, SHORT = 60, 20
AGE_S = 900.0
LEAST_TO_SAY = 3
"""Fewer answers (or differences of consecutive answers) than this say nothing."""
LEAST_FOR_P99 = 10


@dataclass(slots=True)
class _Echo:
    sent_boot_s: float
    rtt_ms: float | None


class EchoWindow:
    """The last 60 vouched-for stream echoes to one target, none older than 15 min."""

    def __init__(self, target: str, network: str) -> None:
        self.target = target
        self.network = network
        self._echoes: deque[_Echo] = deque(maxlen=LONG)
        self._figures: TargetQuality | None = None

    def add(self, sent_boot_s: float, rtt_ms: float | None) -> None:
        """Take one echo, None when lost. Echoes come in the order they were sent, or nearly so."""
        self._echoes.append(_Echo(sent_boot_s, rtt_ms))
        self._figures = None

    def cancel_loss(self, sent_boot_s: float, rtt_ms: float) -> None:
        """A late reply came: the echo sent then was slow, not lost. Unknown echoes are ignored."""
        for echo in reversed(self._echoes):
            if echo.sent_boot_s == sent_boot_s:
                echo.rtt_ms = rtt_ms
                self._figures = None
                return

    def drop_since(self, boot_s: float) -> None:
        """Forget the echoes sent at or after ``boot_s``: they belong to an outage."""
        self._echoes = deque((echo for echo in self._echoes if echo.sent_boot_s < boot_s), maxlen=LONG)
        self._figures = None

    def clear(self) -> None:
        """Forget everything."""
        self._echoes.clear()
        self._figures = None

    @property
    def p99_ms(self) -> float | None:
        """99th percentile round trip, as of the newest echo; None below ten answers."""
        return self._now().p99_ms

    @property
    def latency_ms(self) -> float | None:
        """Median of the last 20 answers, as of the newest echo; None below three."""
        return self._now().latency_ms

    def figures(self, now_boot_s: float, *, is_muted: bool = False) -> TargetQuality:
        """Return the figures as of now; computed at most once between two echoes."""
        oldest_boot_s = now_boot_s - AGE_S
        while self._echoes and self._echoes[0].sent_boot_s < oldest_boot_s:
            self._echoes.popleft()
            self._figures = None
        figures = self._now()
        return replace(figures, is_muted=True) if is_muted else figures

    def _now(self) -> TargetQuality:
        if self._figures is None:
            self._figures = self._computed()
        return self._figures

    def _computed(self) -> TargetQuality:
        rtts = [echo.rtt_ms for echo in self._echoes]
        recent = rtts[-SHORT:]
        answered = [rtt for rtt in rtts if rtt is not None]
        newest = answered[-SHORT:]
        steps = differences(_since_nth_last_answer(rtts, SHORT))
        return TargetQuality(
            target=self.target,
            network=self.network,
            sent=len(rtts),
            lost=len(rtts) - len(answered),
            recent_sent=len(recent),
            recent_lost=recent.count(None),
            latency_ms=median(newest) if len(newest) >= LEAST_TO_SAY else None,
            jitter_ms=sum(steps) / len(steps) if len(steps) >= LEAST_TO_SAY else None,
            p99_ms=percentile(answered, 99) if len(answered) >= LEAST_FOR_P99 else None,
        )


def uplink_quality(targets: Iterable[TargetQuality], *, is_loaded: bool = False) -> Quality:
    """Return an uplink's figures: medians over its answering targets.

    Loss takes the lower median, so that it is a count one target really had (never finer than 1/n) and one bad target
    of two is no bad line. An uplink none of whose targets answers has no figures: that is for the ladder to judge.
    """
    listed = tuple(targets)
    answering = [target for target in listed if not target.is_muted and target.sent > target.lost]
    losses = [100 * target.lost / target.sent for target in answering]
    return Quality(
        targets=listed,
        loss_pct=round(median_low(losses), 2) if losses else None,
        latency_ms=median([t.latency_ms for t in answering if t.latency_ms is not None]),
        jitter_ms=median([t.jitter_ms for t in answering if t.jitter_ms is not None]),
        is_loaded=is_loaded,
    )


def _since_nth_last_answer(rtts: list[float | None], count: int) -> list[float | None]:
    """Return the tail of ``rtts`` that begins at its ``count``-th last answer, losses between them included."""
    places = (place for place in range(len(rtts) - 1, -1, -1) if rtts[place] is not None)
    newest = list(islice(places, count))
    return rtts[newest[-1] :] if newest else []
