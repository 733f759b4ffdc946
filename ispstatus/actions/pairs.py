"""Add up what the series of every two agents have in common, a whole day at a time."""

from ispstatus.analytics.correlation import COMPARED, alone, pair_sums, series_of
from ispstatus.analytics.speaking import Part
from ispstatus.model.series import Aggregate
from ispstatus.store import five_minutes, pairs, series
from ispstatus.store.db import Db
from ispstatus.store.hours import DAY


def sum_pairs(db: Db, day_ts: int) -> None:
    """Add up the pairs of the UTC day that starts at ``day_ts``, replacing what is there; its hours are summed."""
    known = [one for one in series.every(db) if one.protocol in COMPARED]
    found = five_minutes.within(db, [one.id for one in known], [(day_ts, day_ts + DAY)])
    means = {number: of_series.unpack() for number, of_series in found.items()}
    compared = series_of(
        (one.agent_id, Part(one.protocol, one.target, one.is_own, Aggregate(len(means[one.id])), series=one.id))
        for one in known
    )
    singles = {(number, number): alone(of_series) for number, of_series in means.items() if of_series}
    pairs.put_day(db, day_ts, {**singles, **pair_sums({number: means[number] for number in compared})})
