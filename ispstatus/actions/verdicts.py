"""Remember verdicts: transitions, outages, traces, and what happened to the engine."""

from collections.abc import Iterable
from dataclasses import replace

from ispstatus.actions.minutes import put_minutes
from ispstatus.actions.rollup import unserve
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.record import EngineEvent, Minute, Outage, Transition
from ispstatus.model.sample import Trace
from ispstatus.model.state import State
from ispstatus.store import chunks, events, outages, uplinks
from ispstatus.store.buckets import served_until_ts
from ispstatus.store.db import Db

_OVER = (State.UP, State.DEGRADED)


def record_verdict(
    db: Db,
    *,
    uplink_id: int,
    standing: Standing,
    memory: Memory,
    transition: Transition | None = None,
    minutes: Iterable[Minute] = (),
    outage: Outage | None = None,
) -> int | None:
    """Store a verdict and everything that follows from it; return the number of the outage handed in, if one was.

    ``outage`` with an ``id`` is written over the stored one. Without, it is a new one, unless the uplink has one that
    lasts: then it is that one's continuation (a restart lay between) and the time nobody measured counts as unknown.
    An uplink judged UP or DEGRADED has no outage that lasts: one that is still open is closed when the state began.
    """
    put_minutes(db, minutes)
    uplinks.put_standing(db, uplink_id, standing, memory)
    if transition is not None:
        outages.add_transition(db, transition)
    if outage is not None:
        return _put_outage(db, outage)
    if standing.decision.state in _OVER and (lasting := outages.open_outage(db, uplink_id)):
        _put_outage(db, replace(lasting, first_good_at=max(standing.since_at, lasting.last_bad_at)))
    return None


def continued(lasting: Outage, seen: Outage) -> Outage:
    """Return an outage that lasted before a restart, seen to last (or to have ended) after it."""
    blind_s = (seen.first_bad_at - lasting.last_bad_at).total_seconds()
    return replace(
        lasting,
        last_bad_at=max(lasting.last_bad_at, seen.last_bad_at),
        first_good_at=seen.first_good_at,
        unknown_s=lasting.unknown_s + max(0, int(blind_s)) + seen.unknown_s,
        carrier_down_at=lasting.carrier_down_at or seen.carrier_down_at,
    )


def save_trace(db: Db, uplink_id: int, trace: Trace, *, outage_id: int | None) -> int:
    """Keep a trace with its outage, beside the baseline of that moment; without an outage it is the new baseline."""
    return outages.add_trace(db, uplink_id, trace, outage_id)


def record_event(db: Db, event: EngineEvent) -> None:
    """Remember something that happened to the engine."""
    events.add(db, event)


def _put_outage(db: Db, outage: Outage) -> int:
    before = None if outage.id is None else outages.get(db, outage.id)
    if outage.id is None and (lasting := outages.open_outage(db, outage.uplink_id)):
        before, outage = lasting, continued(lasting, outage)
    _unserve_changes(db, before, outage)
    if before is not None and outages.change(db, outage):
        return before.id or 0
    return outages.add(db, outage)


def _unserve_changes(db: Db, before: Outage | None, now: Outage) -> None:
    """Reports of served days name outages: forget those that an edge moved in."""
    before_edges = {before.first_bad_at, before.first_good_at} if before else set()
    moved = [edge.timestamp() for edge in before_edges ^ {now.first_bad_at, now.first_good_at} if edge]
    served_ts = served_until_ts(db.clock.wall())
    if not moved or min(moved) >= served_ts:
        return
    last_ts = max(moved) if now.first_good_at else served_ts
    days = range(int(min(moved)) // chunks.DAY, int(min(last_ts, served_ts)) // chunks.DAY + 1)
    unserve(db, [(now.uplink_id, day) for day in days])
