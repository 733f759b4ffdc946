"""Agents whose latency moves together: five-minute means, from the hours where they are summed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from ispstatus.analytics.correlation import Pattern, Series, analysed, levels_of, pair_sums, patterns_of, series_of
from ispstatus.analytics.hours import FIVE_MINUTES
from ispstatus.analytics.latency import CARRIERS
from ispstatus.model.series import Protocol
from ispstatus.queries.reader import Reader
from ispstatus.store import half_minutes, hours, series
from ispstatus.store.db import Db
from ispstatus.store.hours import HOUR


@dataclass(frozen=True, slots=True)
class Correlation:
    """The patterns, groups first, and how many agents could be compared."""

    analysed: int
    patterns: Sequence[Pattern]


def correlation(
    reader: Reader, agent_ids: Collection[int], now: datetime, seconds: int, threshold: float
) -> Correlation:
    """Return the patterns of the aligned five minutes that lie in the last ``seconds`` and are over."""
    now_ts = int(now.timestamp())
    end_ts = now_ts - now_ts % FIVE_MINUTES
    start_ts = -(-(now_ts - seconds) // FIVE_MINUTES) * FIVE_MINUTES
    found = _series(reader.db(), set(agent_ids), start_ts, end_ts)
    patterns = patterns_of(pair_sums(found), levels_of(found, end_ts), threshold)
    return Correlation(analysed(found), patterns)


def _series(db: Db, agent_ids: Collection[int], start_ts: int, end_ts: int) -> dict[int, Series]:
    names = set(chain(*CARRIERS))
    known = [one for one in series.every(db) if one.agent_id in agent_ids and one.protocol in names]
    means = _means(db, [one.id for one in known], start_ts, end_ts)
    best: dict[int, dict[Protocol, tuple[tuple[bool, int], Series]]] = {}
    for one in known:
        if one.id in means:
            place = (one.is_own, len(means[one.id]))
            of_agent = best.setdefault(one.agent_id, {})
            if one.protocol not in of_agent or place > of_agent[one.protocol][0]:
                of_agent[one.protocol] = place, means[one.id]
    return {
        agent_id: series_of({protocol: found for protocol, (_, found) in of_agent.items()})
        for agent_id, of_agent in best.items()
    }


def _means(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> Mapping[int, dict[int, int]]:
    """Return the means in whole microseconds by the start of their five minutes, by series."""
    summed_ts = min(end_ts, hours.newest_ts(db) + HOUR)
    found: dict[int, dict[int, int]] = {}
    for ts, number, means in hours.means_between(db, numbers, start_ts - start_ts % HOUR, summed_ts):
        of_series = found.setdefault(number, {})
        for at_ts, mean in zip(range(ts, ts + HOUR, FIVE_MINUTES), means, strict=True):
            if mean is not None and start_ts <= at_ts < end_ts:
                of_series[at_ts] = mean
    for number, ts, mean in half_minutes.five_minutes(db, numbers, max(start_ts, summed_ts), end_ts):
        found.setdefault(number, {})[ts] = mean
    return found
