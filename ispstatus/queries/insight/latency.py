"""Round trips over time: single samples for two days, half minutes for eight, hours beyond.

Lost samples are absent. Single samples that are not stored yet (those of the last minute or so) come from memory. Rows
are read while they are taken, an hour or so at a time: the longest answer needs no more memory than a short one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from ispstatus.analytics.latest import Latest
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight.answers import Answers, Speaking, single_answers, speaking, stored_means
from ispstatus.queries.reader import Reader
from ispstatus.store.db import Row
from ispstatus.store.half_minutes import HALF_MINUTE
from ispstatus.store.hours import DAY, HALF_MINUTES_S, HOUR

RAW_S = 2 * DAY
MOST_ROWS = 100_000
PIVOT_S = 5


@dataclass(frozen=True, slots=True)
class LatencyRows:
    """The round trips of one protocol, oldest first."""

    rows: Iterator[tuple[int, int]]
    """Epoch milliseconds and microseconds: of single samples when they left, of means when their bucket starts."""
    bucket_s: int | None
    """None for single samples."""


@dataclass(frozen=True, slots=True)
class LatencyPivot:
    """The means of protocols side by side, oldest first; buckets without an answer are left out."""

    rows: Iterator[Row]
    """``(ts, mean, mean, ...)``: the epoch second at which the bucket starts, and microseconds, None without an answer;
    in the order that was asked for."""
    bucket_s: int


def latency_rows(
    reader: Reader, agent_id: int, protocol: Protocol, window: Window, now: datetime, latest: Latest | None = None
) -> LatencyRows:
    """Return the round trips of one protocol; more than ``MOST_ROWS`` single ones come as means of five seconds."""
    spoken = speaking(reader, agent_id, (protocol,), window, latest)
    count = sum(part.sums.received for part in spoken.ends.values())
    if _step_s(window, now) or count > MOST_ROWS:
        means = _pivot(reader, spoken, (protocol,), now, PIVOT_S)
        return LatencyRows(((ts * 1000, mean_us) for ts, mean_us in means.rows), means.bucket_s)
    slices = single_answers(reader, spoken)
    return LatencyRows(chain.from_iterable(answers.get(protocol, ()) for answers in slices), None)


def latency_pivot(
    reader: Reader,
    agent_id: int,
    window: Window,
    now: datetime,
    latest: Latest | None = None,
    protocols: Sequence[Protocol] = tuple(Protocol),
    least_s: int = PIVOT_S,
) -> LatencyPivot:
    """Return the means of protocols in aligned buckets of ``least_s``, a minute at most, or of what is stored."""
    spoken = speaking(reader, agent_id, protocols, window, latest)
    return _pivot(reader, spoken, protocols, now, least_s)


def _pivot(
    reader: Reader, spoken: Speaking, protocols: Sequence[Protocol], now: datetime, least_s: int
) -> LatencyPivot:
    step_s = _step_s(spoken.window, now)
    if step_s:
        return LatencyPivot(stored_means(reader, spoken, protocols, step_s), step_s)
    slices = single_answers(reader, spoken)
    return LatencyPivot(chain.from_iterable(_side_by_side(one, protocols, least_s) for one in slices), least_s)


def _step_s(window: Window, now: datetime) -> int:
    """Return what is still stored of a window: means of so many seconds, or 0 for single samples."""
    age_s = (now - window.start_at).total_seconds()
    if age_s <= RAW_S:
        return 0
    return HALF_MINUTE if age_s <= HALF_MINUTES_S else HOUR


def _side_by_side(answers: Answers, protocols: Sequence[Protocol], bucket_s: int) -> Iterable[Row]:
    means = [_means(answers.get(name, ()), bucket_s * 1000) for name in protocols]
    places = sorted({*chain.from_iterable(means)})
    return ((place * bucket_s, *(of_name.get(place) for of_name in means)) for place in places)


def _means(answers: Iterable[tuple[int, int]], bucket_ms: int) -> Mapping[int, int]:
    """Return the mean, in whole microseconds, of each aligned bucket that has an answer."""
    buckets: dict[int, list[int]] = {}
    for at_ms, us in answers:
        buckets.setdefault(at_ms // bucket_ms, []).append(us)
    return {place: (2 * sum(found) + len(found)) // (2 * len(found)) for place, found in buckets.items()}
