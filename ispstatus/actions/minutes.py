"""Remember what each minute was."""

from collections.abc import Iterable, Mapping, Sequence

from ispstatus.actions.pasts import Pasts
from ispstatus.actions.rollup import close_buckets, rebuild_buckets
from ispstatus.actions.samples import record_runs
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.record import Minute, Run
from ispstatus.model.state import State
from ispstatus.store import meta, minutes, outages, uplinks
from ispstatus.store.codec import to_us
from ispstatus.store.db import Db


def record_minutes(
    db: Db,
    minutes: Iterable[Minute],
    runs: Sequence[Run] = (),
    standings: Mapping[int, tuple[Standing, Memory]] | None = None,
    pasts: Pasts | None = None,
) -> int:
    """Store minutes (new or changed), a minute's samples, and the present verdicts; return how many minutes changed.

    A minute given again replaces what was stored, except minutes older than the last step back of the clock (see
    ``quarantine_future``). Buckets, revisions and closed days follow in the same transaction. An outage that lasts gets
    the verdict's time as its last bad moment. ``pasts`` saves reading what the samples are held against.
    """
    changed = put_minutes(db, minutes)
    record_runs(db, runs, pasts or Pasts())
    for uplink_id, (standing, memory) in (standings or {}).items():
        uplinks.put_standing(db, uplink_id, standing, memory)
        if standing.decision.state is State.DOWN:
            outages.still_down(db, uplink_id, to_us(standing.judged_at))
    return changed


def put_minutes(db: Db, wanted: Iterable[Minute]) -> int:
    """Store the minutes that differ from what is stored, and everything that follows from them."""
    listed = tuple(wanted)
    stored = minutes.existing(db, listed)
    frozen_ts = meta.frozen_until_ts(db)
    changed = [
        minute
        for minute in listed
        if stored.get(key := (minute.ts, minute.uplink_id)) != minute and not (minute.ts < frozen_ts and key in stored)
    ]
    for minute in changed:
        uplinks.note_first_minute(db, minute.uplink_id, minute.ts)
    close_buckets(db, changed)
    minutes.put_minutes(db, changed)
    rebuild_buckets(db, [(minute.uplink_id, minute.ts) for minute in changed])
    return len(changed)
