"""The last ten minutes of a remote agent, which no memory has: what is pushed is stored at once."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ispstatus.analytics.latest import KEPT_S, Latest
from ispstatus.model.series import Sample
from ispstatus.queries.reader import Reader
from ispstatus.store import samples, series

MINUTE = 60
PUSHED_S = 60.0
"""However often an agent samples, it is not taken to push more often than this."""


def pushed_lately(reader: Reader, agent_id: int, now: datetime) -> Latest:
    """Return what a remote agent measured in the ten minutes that end now; wall time stands for the boot clock.

    A protocol counts as sampled once a minute, or as seldom as there are samples of it: its windows follow.
    """
    now_ts = now.timestamp()
    within = [one for one in _stored(reader, agent_id, now_ts) if now_ts - KEPT_S < one.sent_boot_s <= now_ts]
    counts = Counter(one.protocol for one in within)
    every_s = {protocol: max(PUSHED_S, KEPT_S / count) for protocol, count in counts.items()}
    return Latest(now_ts, now_ts, tuple(sorted(within, key=lambda one: one.sent_boot_s)), every_s)


def _stored(reader: Reader, agent_id: int, now_ts: float) -> Iterator[Sample]:
    """Yield the samples of the minutes that touch the last ten."""
    db = reader.db()
    known = {one.id: one for one in series.of_agent(db, agent_id)}
    first_ts = int(now_ts - KEPT_S) // MINUTE * MINUTE
    for ts, number, offsets_ms, rtts_us in samples.runs_between(db, list(known), first_ts, int(now_ts) + 1):
        protocol, target = known[number].protocol, known[number].target
        for offset_ms, rtt_us in zip(offsets_ms, rtts_us, strict=True):
            yield Sample(protocol, target, ts + offset_ms / 1000, None if rtt_us is None else rtt_us / 1000)
