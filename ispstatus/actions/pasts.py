"""What the thread that writes remembers of every series, so that it need not read it for each sample."""

from ispstatus.analytics.anomalies import Past
from ispstatus.model.record import Run
from ispstatus.model.series import Protocol
from ispstatus.store import half_minutes, series
from ispstatus.store.db import Db
from ispstatus.store.hours import HOUR

_Key = tuple[int, Protocol, str, bool]


class Pasts:
    """The number of every series, and the hour its new half minutes are held against.

    Only a memory of what is stored: whatever it does not have, or has from a transaction that was rolled back or from
    samples that came late, is read anew.
    """

    def __init__(self) -> None:
        self._db: Db | None = None
        self._number_of: dict[_Key, int] = {}
        self._past_of: dict[int, Past] = {}

    def open(self, db: Db, ts: int) -> None:
        """Read what is stored for samples from ``ts`` on, if this is another connection than before."""
        if db is self._db:
            return
        self._db, self._number_of, self._past_of = db, {}, {}
        for number, at_ts, mean in half_minutes.means(db, ts - HOUR):
            self._past_of.setdefault(number, Past()).judge(at_ts, mean)

    def number_of(self, db: Db, run: Run) -> int:
        """Return the number of the series a run belongs to, making it if need be."""
        key = (run.agent_id, run.protocol, run.target, run.is_own)
        known = self._number_of.get(key)
        if known is not None:
            return known
        found = series.find(db, run)
        if found is None:
            return series.add(db, run)  # not remembered yet: this may still be rolled back
        self._number_of[key] = found
        return found

    def past_of(self, number: int, ts: int) -> Past | None:
        """Return what the half minute at ``ts`` is held against; None if it is not newer than all that is known."""
        past = self._past_of.get(number)
        return past if past is not None and past.is_before(ts) else None

    def judge_anew(self, db: Db, number: int, ts: int, mean_us: int) -> bool:
        """Say whether the half minute at ``ts`` is anomalous, from what is stored; and remember all of it."""
        past = self._past_of[number] = Past()
        stored = half_minutes.means_of(db, number, ts - HOUR)
        for at_ts, earlier in stored:
            if at_ts < ts:
                past.judge(at_ts, earlier)
        is_flagged = past.judge(ts, mean_us)
        for at_ts, later in stored:
            if at_ts > ts:
                past.judge(at_ts, later)
        return is_flagged
