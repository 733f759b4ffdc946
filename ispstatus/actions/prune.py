"""Forget what is too old, a little at a time."""

from dataclasses import dataclass, field

from ispstatus.store import events, minutes, retention
from ispstatus.store.db import Db
from ispstatus.store.retention import DAY, HOUR, KEPT

QUIET_S = DAY
"""The clock must not have stepped for so long: a wrong date would forget everything."""
RUN_S = 2 * DAY
"""Rows one run deletes from a table at most, by their age."""
SLICE_S = 0.05
"""What one transaction takes at most: verdicts wait no longer for it."""


@dataclass(frozen=True, slots=True)
class Prune:
    """One run, from slice to slice."""

    until_ts: dict[str, int] = field(default_factory=dict)
    """Where this run ends, by table; tables that are done are gone from it."""
    deleted: int = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do in this run."""
        return not self.until_ts


def plan_prune(db: Db, now_ts: float) -> Prune:
    """Return the run that is due: empty within 24 h of a step of the clock.

    Ages are counted from the newest stored minute, not from the clock; at most two days of rows go in one run.
    """
    step = events.last_clock_step(db)
    newest_ts = minutes.newest_minute_ts(db)
    if newest_ts is None or (step is not None and abs(now_ts - step.at.timestamp()) < QUIET_S):
        return Prune()
    present_ts = min(newest_ts, int(now_ts))
    until_ts = {}
    for kept in KEPT:
        oldest_ts = retention.oldest_ts(db, kept)
        if oldest_ts is not None and oldest_ts < present_ts - kept.seconds:
            until_ts[kept.table] = min(present_ts - kept.seconds, oldest_ts + RUN_S)
    return Prune(until_ts)


def prune(db: Db, run: Prune) -> Prune:
    """Delete for 50 ms; return the run as it then stands. Hand it back in until ``is_done``."""
    stop_boot_s = db.clock.boot() + SLICE_S
    left, deleted = dict(run.until_ts), run.deleted
    for kept in KEPT:
        while kept.table in left and db.clock.boot() < stop_boot_s:
            oldest_ts = retention.oldest_ts(db, kept)
            if oldest_ts is None or oldest_ts >= left[kept.table]:
                del left[kept.table]
                continue
            end_ts = min(oldest_ts - oldest_ts % HOUR + HOUR, left[kept.table])
            deleted += retention.forget(db, kept, oldest_ts, end_ts)
    return Prune(left, deleted)
