"""Sums of one series that merge exactly, and what they say. Microseconds in, milliseconds out; None is "not measured".

The half minute and the hour are the same thing at two lengths: ``Summing`` fills the one, ``joined`` makes the other.
"""

from collections.abc import Iterable, Sequence
from math import sqrt

from ispstatus.model.series import Aggregate, HalfMinute

HALF_MINUTE = 30
HOUR = 3600


class Summing:
    """An ``Aggregate`` in the making: samples or whole aggregates are added in the order of time."""

    __slots__ = (
        "_first_us",
        "_has_begun",
        "_last_us",
        "_lost",
        "_max_us",
        "_min_us",
        "_sent",
        "_squares_us2",
        "_steps",
        "_steps_us",
        "_sum_us",
    )

    def __init__(self) -> None:
        self._sent = self._lost = self._sum_us = self._squares_us2 = self._steps_us = self._steps = 0
        self._min_us: int | None = None
        self._max_us: int | None = None
        self._first_us: int | None = None
        self._last_us: int | None = None
        self._has_begun = False

    def add(self, value_us: int) -> None:
        """Take one answer."""
        self._sent += 1
        self._sum_us += value_us
        self._squares_us2 += value_us * value_us
        self._widen(value_us, value_us)
        self._step(value_us)
        self._last_us = value_us

    def lose(self) -> None:
        """Take one loss: it counts, and the next answer starts a new run."""
        self._sent += 1
        self._lost += 1
        self.skip()

    def skip(self) -> None:
        """Take note that a sample was not measured: it does not count, and the next answer starts a new run."""
        self._has_begun = True
        self._last_us = None

    def extend(self, part: Aggregate) -> None:
        """Take what follows, already summed; an aggregate of nothing changes nothing."""
        if not part.sent:
            return
        self._sent += part.sent
        self._lost += part.lost
        self._sum_us += part.sum_us
        self._squares_us2 += part.squares_us2
        self._steps_us += part.steps_us
        self._steps += part.steps
        if part.min_us is not None and part.max_us is not None:
            self._widen(part.min_us, part.max_us)
        self._step(part.first_us)
        self._last_us = part.last_us

    def close(self) -> Aggregate:
        """Return the sums so far."""
        return Aggregate(
            sent=self._sent,
            lost=self._lost,
            sum_us=self._sum_us,
            min_us=self._min_us,
            max_us=self._max_us,
            squares_us2=self._squares_us2,
            steps_us=self._steps_us,
            steps=self._steps,
            first_us=self._first_us,
            last_us=self._last_us,
        )

    def _widen(self, least_us: int, most_us: int) -> None:
        if self._min_us is None or least_us < self._min_us:
            self._min_us = least_us
        if self._max_us is None or most_us > self._max_us:
            self._max_us = most_us

    def _step(self, value_us: int | None) -> None:
        if not self._has_begun:
            self._first_us = value_us
            self._has_begun = True
        elif value_us is not None and self._last_us is not None:
            self._steps_us += abs(value_us - self._last_us)
            self._steps += 1


def half_minute_of(values_us: Sequence[int | None]) -> HalfMinute:
    """Return what samples came to, in the order they were sent; None is lost. It is not judged yet.

    The sums are those of a ``Summing`` fed one by one, without its calls: every sample there is goes through here.
    """
    answered: list[int] = []
    sum_us = squares_us2 = steps_us = steps = 0
    last_us: int | None = None
    for value_us in values_us:
        if value_us is not None:
            answered.append(value_us)
            sum_us += value_us
            squares_us2 += value_us * value_us
            if last_us is not None:
                steps_us += abs(value_us - last_us)
                steps += 1
        last_us = value_us
    sent, count = len(values_us), len(answered)
    if not count:
        return HalfMinute(Aggregate(sent, sent))
    answered.sort()
    sums = Aggregate(
        sent, sent - count, sum_us, answered[0], answered[-1], squares_us2, steps_us, steps, values_us[0], last_us
    )
    return HalfMinute(sums, round((answered[(count - 1) // 2] + answered[count // 2]) / 2))


def aggregate_of(values_us: Iterable[int | None]) -> Aggregate:
    """Sum samples in the order they were sent; None is lost."""
    return half_minute_of(tuple(values_us)).sums


def merge(sooner: Aggregate, later: Aggregate) -> Aggregate:
    """Return what two neighbours add up to: the same as the aggregate of all their samples. Associative."""
    summing = Summing()
    summing.extend(sooner)
    summing.extend(later)
    return summing.close()


def joined(parts: Iterable[tuple[int, Aggregate]], length_s: int) -> Aggregate:
    """Merge ``(ts, aggregate)`` of stretches of ``length_s``, oldest first; a missing or empty one is not bridged."""
    summing = Summing()
    due_ts: int | None = None
    for ts, part in parts:
        if not part.sent:
            continue
        if due_ts is not None and ts != due_ts:
            summing.skip()
        summing.extend(part)
        due_ts = ts + length_s
    return summing.close()


def mean_ms(sums: Aggregate) -> float | None:
    """Return the mean of the answers."""
    return sums.sum_us / sums.received / 1000 if sums.received else None


def stdev_ms(sums: Aggregate) -> float | None:
    """Return the population standard deviation of the answers: it describes the window, it estimates nothing wider.

    From integers, so that nothing cancels: sqrt(n * sum(x^2) - sum(x)^2) / n. Squares that were estimated, of samples
    from before squares were kept, may fall a little short of the least they can be.
    """
    count = sums.received
    return sqrt(max(0, count * sums.squares_us2 - sums.sum_us**2)) / count / 1000 if count else None


def jitter_ms(sums: Aggregate) -> float | None:
    """Return the mean absolute difference of consecutive answers: 136, 184, 115, 148, 125 give 43.25.

    NOTES A3 (the vendor's formula). It is not the smoothed jitter of RFC 3550, which is for calls.
    """
    return sums.steps_us / sums.steps / 1000 if sums.steps else None


def loss_pct(sums: Aggregate) -> float | None:
    """Return what was lost of what was sent, round trip (RFC 6673)."""
    return 100 * sums.lost / sums.sent if sums.sent else None


def volatility_pct(sums: Aggregate) -> float | None:
    """Return 100 * (max - min) / max: 0 is steady, 100 is the most there can be."""
    if sums.min_us is None or sums.max_us is None:
        return None
    return 100 * (sums.max_us - sums.min_us) / sums.max_us if sums.max_us else 0.0


def variation_pct(sums: Aggregate) -> float | None:
    """Return the coefficient of variation, 100 * standard deviation / mean."""
    mean, deviation = mean_ms(sums), stdev_ms(sums)
    if mean is None or deviation is None:
        return None
    return 100 * deviation / mean if mean else 0.0
