"""Sums of pairs of series over whole UTC days, for those questions that ask which agents move together."""

import json
from collections.abc import Collection, Mapping, Sequence

from ispstatus.store.db import Db, Row

Pair = tuple[int, int]
"""Two series, the lower one first; a series with itself: what it came to alone."""


def put_day(db: Db, ts: int, sums: Mapping[Pair, Sequence[int]]) -> None:
    """Store the sums of the day that starts at ``ts``, replacing all of its old ones.

    Each is ``(buckets, sum, sum, squares, squares, products)`` of the five-minute means both have.
    """
    db.run("DELETE FROM pair_day WHERE ts = ?", (ts,))
    db.many(
        "INSERT INTO pair_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [(ts, *pair, *found) for pair, found in sums.items()]
    )


def alone(db: Db, numbers: Collection[int], start_ts: int, end_ts: int) -> dict[int, dict[int, tuple[int, int]]]:
    """Return ``(buckets, sum of their means)`` of some series, by day in ``[start_ts, end_ts)`` and number."""
    days: dict[int, dict[int, tuple[int, int]]] = {}
    for ts, number, buckets, sum_us in db.rows(
        "SELECT ts, one_id, buckets, one_us FROM pair_day WHERE ts >= ?1 AND ts < ?3 AND two_id = one_id"
        " AND one_id IN (SELECT value FROM json_each(?2))",
        (start_ts, _listed(numbers), end_ts),
    ):
        days.setdefault(ts, {})[number] = buckets, sum_us
    return days


def paired(db: Db, days: Collection[int]) -> dict[int, set[int]]:
    """Return the series that were paired with each other on some days; days without a pair are absent."""
    found: dict[int, set[int]] = {}
    for ts, one, highest in db.rows(
        "SELECT ts, one_id, max(two_id) FROM pair_day WHERE ts IN (SELECT value FROM json_each(?1)) AND two_id > one_id"
        " GROUP BY ts, one_id",
        (_listed(days),),
    ):
        found.setdefault(ts, set()).update((one, highest))
    return found


def added(db: Db, numbers: Collection[int], days: Collection[int]) -> dict[Pair, Row]:
    """Return the sums of every two of some series over some days, in the order of ``put_day``."""
    rows = db.rows(
        "SELECT one_id, two_id, sum(buckets), sum(one_us), sum(two_us), sum(one_us2), sum(two_us2), sum(product_us2)"
        " FROM pair_day WHERE ts IN (SELECT value FROM json_each(?1)) AND two_id > one_id"
        " AND one_id IN (SELECT value FROM json_each(?2)) AND two_id IN (SELECT value FROM json_each(?2))"
        " GROUP BY one_id, two_id",
        (_listed(days), _listed(numbers)),
    )
    return {(one, two): tuple(sums) for one, two, *sums in rows}


def _listed(numbers: Collection[int]) -> str:
    return json.dumps(sorted(numbers))
