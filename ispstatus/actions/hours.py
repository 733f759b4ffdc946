"""Sum up hours and days of samples once they are over; from the half minutes, so that late ones find their place."""

from collections.abc import Collection, Mapping

from ispstatus.analytics.health_hours import good_minutes
from ispstatus.analytics.hours import hour_of
from ispstatus.analytics.kpis import Expected, expected_of
from ispstatus.analytics.speaking import Part, speakers
from ispstatus.model.series import Hour, Protocol
from ispstatus.store import half_minutes, health, hours, minutes, series, uplinks
from ispstatus.store.db import Db
from ispstatus.store.half_minutes import BySeries
from ispstatus.store.hours import DAY, HOUR
from ispstatus.store.series import Series


def sum_up(db: Db, touched: Mapping[int, set[int]]) -> None:
    """Sum up every hour that is over and not summed yet, those that got more, and their days.

    ``touched``: the series that got samples, by minute.
    """
    newest_ts, summed_ts = max(touched), hours.newest_ts(db)
    late: dict[int, set[int]] = {}
    for ts, numbers in touched.items():
        if ts < summed_ts + HOUR:
            late.setdefault(ts - ts % HOUR, set()).update(numbers)
    due = hours.unsummed(db, newest_ts)
    if due or late:
        known = {one.id: one for one in series.every(db)}
        for hour_ts in due:
            down = minutes.down_minutes(db, hour_ts, hour_ts + HOUR)
            _sum_hour(db, hour_ts, half_minutes.by_series(db, hour_ts, hour_ts + HOUR), known, down)
        for hour_ts, numbers in late.items():
            agents = {known[number].agent_id for number in numbers}
            of_agents = [one.id for one in known.values() if one.agent_id in agents]
            down = minutes.down_minutes(db, hour_ts, hour_ts + HOUR)
            down = {agent: of_agent for agent, of_agent in down.items() if agent in agents}
            _sum_hour(db, hour_ts, half_minutes.of_series(db, of_agents, hour_ts, hour_ts + HOUR), known, down)
    for day_ts in {ts - ts % DAY for ts in (*due, *late)}:
        if day_ts + DAY <= max(newest_ts, summed_ts + HOUR):
            hours.sum_day(db, day_ts)


def _sum_hour(
    db: Db, ts: int, halves: BySeries, known: Mapping[int, Series], down: Mapping[int, Collection[int]]
) -> None:
    found = {number: hour_of(ts, of_series) for number, of_series in halves.items()}
    hours.put_hour(db, ts, found)
    expected, speaking = _expected(db), _speaking(found, known)
    judged = {
        agent: good_minutes(
            {protocol: halves[number] for protocol, number in speaking.get(agent, {}).items()},
            down.get(agent, ()),
            expected.get(agent, Expected()),
        )
        for agent in speaking.keys() | down.keys()
    }
    health.put(db, ts, {agent: (one.judged, one.good) for agent, one in judged.items()})


def _speaking(found: Mapping[int, Hour], known: Mapping[int, Series]) -> dict[int, dict[Protocol, int]]:
    """Return the series that speak in an hour, by agent and protocol."""
    parts: dict[int, list[Part]] = {}
    for number, hour in found.items():
        one = known[number]
        parts.setdefault(one.agent_id, []).append(Part(number, one.protocol, one.is_own, hour.sums))
    return {
        agent: {protocol: part.series for protocol, part in speakers(of_agent).items()}
        for agent, of_agent in parts.items()
    }


def _expected(db: Db) -> dict[int, Expected]:
    found = (stored.read() for stored in uplinks.stored(db))
    return {uplink.id: expected_of(uplink.contract) for uplink in found if uplink is not None}
