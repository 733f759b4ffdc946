"""Sum up hours and days of samples once they are over; from the half minutes, so that late ones find their place."""

from collections.abc import Collection, Mapping, Sequence

from ispstatus.actions.pairs import sum_pairs
from ispstatus.analytics.health_hours import GoodMinutes, good_minutes
from ispstatus.analytics.hours import hour_of
from ispstatus.analytics.kpis import Expected, expected_of
from ispstatus.analytics.speaking import Part, speakers
from ispstatus.store import half_minutes, health, hours, minutes, series, uplinks
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY, HOUR
from ispstatus.store.series import Series


def sum_up(db: Db, touched: Mapping[int, set[int]]) -> None:
    """Sum up every hour that is over and not summed yet, those of agents that were late, and their days.

    ``touched``: the series that got samples, by minute.
    """
    newest_ts, summed_ts = max(touched), hours.newest_ts(db)
    late: dict[int, set[int]] = {}
    for ts, numbers in touched.items():
        if ts < summed_ts + HOUR:
            late.setdefault(ts - ts % HOUR, set()).update(numbers)
    due = hours.unsummed(db, newest_ts)
    if due or late:
        everyone = _Agents(db)
        for hour_ts in due:
            everyone.sum_hour(hour_ts)
        for hour_ts, numbers in late.items():
            everyone.sum_hour(hour_ts, numbers)
    for day_ts in {ts - ts % DAY for ts in (*due, *late)}:
        if day_ts + DAY <= max(newest_ts, summed_ts + HOUR):
            hours.sum_day(db, day_ts)
            sum_pairs(db, day_ts)


class _Agents:
    """Every agent with its series and what is expected of it. One is summed after the other, so that little is held."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._series: dict[int, list[Series]] = {}
        for one in series.every(db):
            self._series.setdefault(one.agent_id, []).append(one)
        found = (stored.read() for stored in uplinks.stored(db))
        self._expected = {uplink.id: expected_of(uplink.contract) for uplink in found if uplink is not None}

    def sum_hour(self, ts: int, numbers: Collection[int] | None = None) -> None:
        """Sum up an hour of every agent, or of those to whom some series belong."""
        down = minutes.down_minutes(self._db, ts, ts + HOUR)
        agents = self._series.keys() | down.keys() if numbers is None else self._whose(numbers)
        judged = {agent: self._sum(ts, self._series.get(agent, ()), agent, down.get(agent, ())) for agent in agents}
        health.put(self._db, ts, {agent: (one.judged, one.good) for agent, one in judged.items() if one.judged})

    def _whose(self, numbers: Collection[int]) -> set[int]:
        return {agent for agent, known in self._series.items() if any(one.id in numbers for one in known)}

    def _sum(self, ts: int, known: Sequence[Series], agent: int, down: Collection[int]) -> GoodMinutes:
        halves = half_minutes.of_series(self._db, [one.id for one in known], ts, ts + HOUR)
        summed = {number: hour_of(ts, of_series) for number, of_series in halves.items()}
        hours.put_hour(self._db, ts, summed)
        parts = (
            Part(one.protocol, one.target, one.is_own, summed[one.id].sums, series=one.id)
            for one in known
            if one.id in summed
        )
        spoken = {protocol: halves[part.series] for protocol, part in speakers(parts).items()}
        return good_minutes(spoken, down, self._expected.get(agent, Expected()))
