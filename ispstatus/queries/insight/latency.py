"""Round trips over time: single samples for two days, half minutes for eight, hours beyond.

Lost samples are absent. Single samples that are not stored yet (those of the last minute or so) come from memory.
Where an answer would be longer than ``MOST_ROWS`` its buckets get wider.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from ispstatus.analytics.latest import Latest
from ispstatus.model.series import Protocol
from ispstatus.model.window import Window
from ispstatus.queries.insight.answers import Answers, coarse_answers, raw_answers
from ispstatus.queries.reader import Reader
from ispstatus.store.hours import DAY, HALF_MINUTES_S, HOUR

RAW_S = 2 * DAY
MOST_ROWS = 100_000
PIVOT_S = 5
_WIDER_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, HOUR, 2 * HOUR, 6 * HOUR, DAY)


@dataclass(frozen=True, slots=True)
class LatencyRows:
    """The round trips of one protocol, oldest first."""

    rows: Sequence[tuple[float, float]]
    """Epoch seconds and milliseconds: of single samples when they left, of means when their bucket starts."""
    bucket_s: int | None
    """None for single samples."""


@dataclass(frozen=True, slots=True)
class LatencyPivot:
    """The means of all protocols side by side, oldest first."""

    rows: Sequence[tuple[int, Mapping[Protocol, float]]]
    """Epoch seconds of the bucket's start, and milliseconds; a protocol without an answer is not in it."""
    bucket_s: int


def latency_rows(
    reader: Reader, agent_id: int, protocol: Protocol, window: Window, now: datetime, latest: Latest | None = None
) -> LatencyRows:
    """Return the round trips of one protocol in a window."""
    answers, step_s = _answers(reader, agent_id, (protocol,), window, now, latest)
    found = answers.get(protocol, [])
    if step_s == 0 and len(found) <= MOST_ROWS:
        return LatencyRows([(ms / 1000, us / 1000) for ms, us, _ in found], None)
    bucket_s = _wide_enough(window, max(step_s, PIVOT_S))
    means = _means(found, bucket_s)
    return LatencyRows([(ts, mean_ms) for ts, mean_ms in means.items()], bucket_s)


def latency_pivot(
    reader: Reader,
    agent_id: int,
    window: Window,
    now: datetime,
    latest: Latest | None = None,
    protocols: Collection[Protocol] = tuple(Protocol),
    least_s: int = PIVOT_S,
) -> LatencyPivot:
    """Return the means of protocols in aligned buckets of ``least_s`` or wider ones; empty ones are left out."""
    answers, step_s = _answers(reader, agent_id, protocols, window, now, latest)
    bucket_s = _wide_enough(window, max(step_s, least_s))
    means = {protocol: _means(found, bucket_s) for protocol, found in answers.items()}
    moments = sorted({*chain.from_iterable(means.values())})
    return LatencyPivot(
        [(ts, {name: of_name[ts] for name, of_name in means.items() if ts in of_name}) for ts in moments], bucket_s
    )


def _answers(
    reader: Reader,
    agent_id: int,
    protocols: Collection[Protocol],
    window: Window,
    now: datetime,
    latest: Latest | None,
) -> tuple[Mapping[Protocol, Answers], int]:
    """Return the answers of a window and how many seconds each stands for, 0 for single samples."""
    age_s = (now - window.start_at).total_seconds()
    if age_s <= RAW_S:
        return raw_answers(reader, agent_id, protocols, window, latest), 0
    step_s = 30 if age_s <= HALF_MINUTES_S else HOUR
    return coarse_answers(reader, agent_id, protocols, window, step_s), step_s


def _wide_enough(window: Window, least_s: int) -> int:
    needed_s = max(least_s, window.seconds / MOST_ROWS)
    return next((wider_s for wider_s in _WIDER_S if wider_s >= needed_s), DAY)


def _means(answers: Iterable[tuple[int, int, int]], bucket_s: int) -> dict[int, float]:
    """Return the mean in milliseconds of each aligned bucket that has an answer, oldest first."""
    sums: dict[int, list[int]] = {}
    bucket_ms = bucket_s * 1000
    for ms, us, count in answers:
        found = sums.setdefault(ms // bucket_ms, [0, 0])
        found[0] += us
        found[1] += count
    return {place * bucket_s: us / count / 1000 for place, (us, count) in sorted(sums.items())}
