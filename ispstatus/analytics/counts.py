"""What a minute counted: stream echoes, web checks, names. Sums only, so that minutes add up to anything longer."""

from collections.abc import Iterable
from dataclasses import dataclass

from ispstatus.analytics.seconds import KEEP_S, Seconds
from ispstatus.analytics.stats import differences
from ispstatus.model.record import Minute
from ispstatus.model.sample import DnsSample, HttpSample, Outcome


@dataclass(frozen=True, slots=True)
class Counts:
    """One minute's counters, as in ``Minute``."""

    sent: int = 0
    received: int = 0
    rtt_sum_us: int = 0
    rtt_max_us: int | None = None
    jitter_sum_us: int = 0
    jitter_count: int = 0
    http_ok: int = 0
    http_failed: int = 0
    dns_ok: int = 0
    dns_failed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        maxima = [most for most in (self.rtt_max_us, other.rtt_max_us) if most is not None]
        return Counts(
            sent=self.sent + other.sent,
            received=self.received + other.received,
            rtt_sum_us=self.rtt_sum_us + other.rtt_sum_us,
            rtt_max_us=max(maxima, default=None),
            jitter_sum_us=self.jitter_sum_us + other.jitter_sum_us,
            jitter_count=self.jitter_count + other.jitter_count,
            http_ok=self.http_ok + other.http_ok,
            http_failed=self.http_failed + other.http_failed,
            dns_ok=self.dns_ok + other.dns_ok,
            dns_failed=self.dns_failed + other.dns_failed,
        )


def count_echoes(echoes: Iterable[tuple[str, float | None]]) -> Counts:
    """Count ``(target, rtt_ms)`` pairs of one minute in the order they were sent; None is lost.

    Jitter compares consecutive replies of the same target and bridges no loss.
    """
    by_target: dict[str, list[int | None]] = {}
    for target, rtt_ms in echoes:
        by_target.setdefault(target, []).append(None if rtt_ms is None else round(rtt_ms * 1000))
    answered = [rtt for rtts in by_target.values() for rtt in rtts if rtt is not None]
    steps = [round(step) for rtts in by_target.values() for step in differences(rtts)]
    return Counts(
        sent=sum(map(len, by_target.values())),
        received=len(answered),
        rtt_sum_us=sum(answered),
        rtt_max_us=max(answered, default=None),
        jitter_sum_us=sum(steps),
        jitter_count=len(steps),
    )


def count_checks(https: Iterable[HttpSample], dns: Iterable[DnsSample]) -> Counts:
    """Count the web checks and questions that ran in one cycle, without what is unmeasured or merely stands."""
    web = [sample.outcome is Outcome.OK for sample in https if sample.outcome.is_measured and sample.age_s == 0]
    names = [sample.outcome is Outcome.OK for sample in dns if sample.outcome.is_measured]
    return Counts(
        http_ok=web.count(True),
        http_failed=web.count(False),
        dns_ok=names.count(True),
        dns_failed=names.count(False),
    )


def minute_of(uplink_id: int, seconds: Seconds, counts: Counts) -> Minute:
    """Return the minute to store: what its seconds were and what it counted."""
    return Minute(
        uplink_id=uplink_id,
        ts=seconds.ts,
        state=seconds.state,
        up_s=seconds.up_s,
        degraded_s=seconds.degraded_s,
        down_s=seconds.down_s,
        unknown_s=seconds.unknown_s,
        excluded_s=seconds.excluded_s,
        down_fault=seconds.down_fault,
        sent=counts.sent,
        received=counts.received,
        rtt_sum_us=counts.rtt_sum_us,
        rtt_max_us=counts.rtt_max_us,
        jitter_sum_us=counts.jitter_sum_us,
        jitter_count=counts.jitter_count,
        http_ok=counts.http_ok,
        http_failed=counts.http_failed,
        dns_ok=counts.dns_ok,
        dns_failed=counts.dns_failed,
    )


class CountsByMinute:
    """The counters of one uplink's last minutes, kept as long as its seconds can be re-classed."""

    def __init__(self) -> None:
        self._minutes: dict[int, Counts] = {}

    def add(self, ts: int, counts: Counts) -> None:
        """Add ``counts`` to the minute that contains the second ``ts``."""
        start_ts = ts - ts % 60
        self._minutes[start_ts] = self.of(start_ts) + counts
        oldest_ts = max(self._minutes) - KEEP_S
        self._minutes = {kept: old for kept, old in self._minutes.items() if kept >= oldest_ts}

    def of(self, ts: int) -> Counts:
        """Return the counters of the minute that starts at ``ts``."""
        return self._minutes.get(ts, Counts())

    def restart(self) -> None:
        """Forget everything: the wall clock stepped."""
        self._minutes.clear()
