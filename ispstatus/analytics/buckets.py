"""Five minutes as one point of history; always recomputed from its minutes, never incremented."""

from collections.abc import Iterable

from ispstatus.model.record import Bucket, Minute
from ispstatus.model.state import State

BUCKET = 300
MINUTES = 5


def bucket_of(uplink_id: int, ts: int, minutes: Iterable[Minute]) -> Bucket:
    """Return the bucket that starts at ``ts`` from those of its minutes that exist; missing ones are no data."""
    inside = [minute for minute in minutes if ts <= minute.ts < ts + BUCKET]
    states = [minute.state for minute in inside]
    missing = MINUTES - len(inside)
    maxima = [minute.rtt_max_us for minute in inside if minute.rtt_max_us is not None]
    return Bucket(
        uplink_id=uplink_id,
        ts=ts,
        state=max(states, key=lambda state: state.severity, default=State.UNKNOWN),
        up=states.count(State.UP),
        degraded=states.count(State.DEGRADED),
        down=states.count(State.DOWN),
        no_data=states.count(State.UNKNOWN) + missing,
        down_s=sum(minute.down_s for minute in inside),
        unknown_s=sum(minute.unknown_s for minute in inside) + 60 * missing,
        sent=sum(minute.sent for minute in inside),
        received=sum(minute.received for minute in inside),
        rtt_sum_us=sum(minute.rtt_sum_us for minute in inside),
        rtt_max_us=max(maxima, default=None),
        jitter_sum_us=sum(minute.jitter_sum_us for minute in inside),
        jitter_count=sum(minute.jitter_count for minute in inside),
        excluded_s=sum(minute.excluded_s for minute in inside),
    )
