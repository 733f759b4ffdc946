"""Agents whose latency moves together: five-minute means, from the hours where they are summed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from ispstatus.analytics.correlation import Pattern, Series, analysed, levels_of, pair_sums, patterns_of, protocol_of
from ispstatus.analytics.hours import FIVE_MINUTES
from ispstatus.analytics.latency import CARRIERS
from ispstatus.model.series import Protocol
from ispstatus.queries.reader import Reader
from ispstatus.store import half_minutes, hours, series
from ispstatus.store.db import Db
from ispstatus.store.hours import HOUR
from ispstatus.store.series import Series as FarEnd


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


@dataclass(slots=True)
class _Means:
    """The means of one series, packed as long as it may yet be passed over."""

    packed: list[tuple[int, bytes]] = field(default_factory=list)
    newest: list[tuple[int, int]] = field(default_factory=list)
    """Of the hour that is not summed yet."""
    answered: int = 0

    def unpack(self) -> Series:
        found: dict[int, int] = {}
        for first_ts, packed in self.packed:
            moments = range(first_ts, first_ts + len(packed) // 4 * FIVE_MINUTES, FIVE_MINUTES)
            found.update(
                (ts, mean) for ts, mean in zip(moments, hours.means_of(packed), strict=True) if mean is not None
            )
        found.update(self.newest)
        return found


def _series(db: Db, agent_ids: Collection[int], start_ts: int, end_ts: int) -> dict[int, Series]:
    """Return each agent's series: of the protocol that answered in most five minutes the far end that speaks for it."""
    carriers = {*chain(*CARRIERS)}
    known = [one for one in series.every(db) if one.agent_id in agent_ids and one.protocol in carriers]
    means = _read(db, [one.id for one in known], start_ts, end_ts)
    best: dict[int, dict[Protocol, FarEnd]] = {}
    for one in known:
        of_agent = best.setdefault(one.agent_id, {})
        other = of_agent.get(one.protocol)
        if one.id in means and (other is None or _weight(one, means) > _weight(other, means)):
            of_agent[one.protocol] = one
    found = {}
    for agent_id, of_agent in best.items():
        protocol = protocol_of({name: means[one.id].answered for name, one in of_agent.items()})
        if protocol is not None:
            found[agent_id] = means[of_agent[protocol].id].unpack()
    return found


def _weight(one: FarEnd, means: Mapping[int, _Means]) -> tuple[bool, int]:
    return one.is_own, means[one.id].answered


def _read(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> Mapping[int, _Means]:
    """Return the means of the five minutes in a window, by series; those without one are absent."""
    summed_ts = min(end_ts, hours.newest_ts(db) + HOUR)
    found: dict[int, _Means] = {}
    for ts, number, packed in hours.packed_means(db, numbers, start_ts - start_ts % HOUR, summed_ts):
        first, last = max(0, start_ts - ts) // FIVE_MINUTES, max(0, end_ts - ts) // FIVE_MINUTES
        within = packed[4 * first : 4 * last]
        if count := hours.answered(within):
            of_series = found.setdefault(number, _Means())
            of_series.packed.append((ts + first * FIVE_MINUTES, within))
            of_series.answered += count
    for number, ts, mean in half_minutes.five_minutes(db, numbers, max(start_ts, summed_ts), end_ts):
        of_series = found.setdefault(number, _Means())
        of_series.newest.append((ts, mean))
        of_series.answered += 1
    return found
