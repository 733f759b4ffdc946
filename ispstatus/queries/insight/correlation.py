"""Agents whose latency moves together: from the sums of whole days, and from the five-minute means around them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ispstatus.analytics.correlation import (
    COMPARED,
    LEAST_BUCKETS,
    Pairs,
    PairSums,
    Pattern,
    Series,
    level_of,
    merged_pairs,
    pair_sums,
    patterns_of,
    series_of,
)
from ispstatus.analytics.hours import FIVE_MINUTES
from ispstatus.analytics.speaking import Part
from ispstatus.model.series import Aggregate
from ispstatus.queries.reader import Reader
from ispstatus.store import five_minutes, pairs, series
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR

_Days = Mapping[int, Mapping[int, tuple[int, int]]]
"""How many five minutes a series answered in, and the sum of their means, by day and series."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """The patterns, groups first, and how many agents could be compared."""

    analysed: int
    patterns: Sequence[Pattern]


def correlation(
    reader: Reader, agent_ids: Collection[int], now: datetime, seconds: int, threshold: float
) -> Correlation:
    """Return the patterns of the aligned five minutes that lie in the last ``seconds`` and are over."""
    db, now_ts, wanted = reader.db(), int(now.timestamp()), set(agent_ids)
    end_ts = now_ts - now_ts % FIVE_MINUTES
    start_ts = -(-(now_ts - seconds) // FIVE_MINUTES) * FIVE_MINUTES
    known = [one for one in series.every(db) if one.agent_id in wanted and one.protocol in COMPARED]
    numbers = [one.id for one in known]
    days = pairs.alone(db, numbers, -(-start_ts // DAY) * DAY, (end_ts - HOUR) // DAY * DAY)
    around = five_minutes.within(db, numbers, _around(days, start_ts, end_ts))

    answered = Counter({number: means.answered for number, means in around.items()})
    for of_day in days.values():
        answered.update({number: buckets for number, (buckets, _) in of_day.items()})
    agent_of = series_of(
        (one.agent_id, Part(one.protocol, one.target, one.is_own, Aggregate(answered[one.id]), series=one.id))
        for one in known
    )
    means = {number: around[number].unpack() for number in agent_of}
    levels = {
        agent: level_of((of_day[number] for of_day in days.values() if number in of_day), means[number], end_ts)
        for number, agent in agent_of.items()
    }
    compared = {
        (min(agent_of[one], agent_of[two]), max(agent_of[one], agent_of[two])): sums
        for (one, two), sums in _pairs(db, days, means).items()
    }
    analysed = sum(answered[number] >= LEAST_BUCKETS for number in agent_of)
    return Correlation(analysed, patterns_of(compared, levels, threshold))


def _around(days: Iterable[int], start_ts: int, end_ts: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a window that lie in none of the days."""
    for day_ts in sorted(days):
        yield start_ts, day_ts
        start_ts = day_ts + DAY
    yield start_ts, end_ts


def _pairs(db: Db, days: _Days, around: Mapping[int, Series]) -> Pairs:
    """Return the sums of every two series over the stored days and the means around them.

    A day whose sums are of other series, as another far end spoke then, is added up from its means.
    """
    numbers = around.keys()
    paired = pairs.paired(db, days)
    whole = [ts for ts, of_day in days.items() if of_day.keys() & numbers <= paired.get(ts, set())]
    others = five_minutes.within(db, numbers, [(ts, ts + DAY) for ts in days if ts not in whole])
    means = {number: {**found, **others[number].unpack()} for number, found in around.items()}
    sums = {pair: PairSums(*found) for pair, found in pairs.added(db, numbers, whole).items()}
    return merged_pairs([sums, pair_sums(means)])
