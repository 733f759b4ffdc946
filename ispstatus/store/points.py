"""Buckets as the text of /api/history points: what is stored of closed days, and joined with what is not closed.

Every point is followed by a comma; the reader cuts the last one. Texts are made straight from packed rows, because a
25,920-point answer has no time for objects.
"""

from collections.abc import Iterable
from functools import cache

from ispstatus.store.buckets import BUCKET, worst
from ispstatus.store.db import Row

SHAPE = 1
"""Goes up whenever the text of a point changes; chunks of another shape are made anew."""

_FULL = '{"ts":%d,%s,"sent":%d,"received":%d,"rtt_avg_ms":%.3f,"rtt_max_ms":%.3f,"jitter_ms":%.3f},'
_PART = '{"ts":%d,%s,"sent":%d,"received":%d,"rtt_avg_ms":%s,"rtt_max_ms":%s,"jitter_ms":%s},'
_GAP = (
    '{"ts":%d,"state":null,"up":0,"degraded":0,"down":0,"no_data":5,"sent":0,"received":0,'
    '"rtt_avg_ms":null,"rtt_max_ms":null,"jitter_ms":null},'
)
_ELEVEN = (1 << 11) - 1


def points_text(rows: Iterable[Row], start_ts: int, end_ts: int) -> bytes:
    """Return one point per bucket of ``[start_ts, end_ts)`` from the packed rows there are, gaps as ``state: null``."""
    points: list[str] = []
    due_ts = start_ts
    for ts, _, classes, echoes, rtt_sum_us, rtt_max_us, jitter_sum_us in rows:
        if ts != due_ts:
            points.extend([_GAP % gap_ts for gap_ts in range(due_ts, ts, BUCKET)])
        due_ts = ts + BUCKET
        received, steps = echoes >> 11 & _ELEVEN, echoes & _ELEVEN
        if received and steps and rtt_max_us is not None:
            average_us, jitter_us = rtt_sum_us / received, jitter_sum_us / steps
            points.append(
                _FULL
                % (
                    ts,
                    _classes(classes & 511),
                    echoes >> 22,
                    received,
                    average_us / 1000,
                    rtt_max_us / 1000,
                    jitter_us / 1000,
                )
            )
        else:
            points.append(_part(ts, classes, echoes, (rtt_sum_us, rtt_max_us, jitter_sum_us)))
    points.extend([_GAP % gap_ts for gap_ts in range(due_ts, end_ts, BUCKET)])
    return "".join(points).encode()


def _part(ts: int, classes: int, echoes: int, sums: tuple[int, int | None, int]) -> str:
    rtt_sum_us, rtt_max_us, jitter_sum_us = sums
    received, steps = echoes >> 11 & _ELEVEN, echoes & _ELEVEN
    average = _ms(rtt_sum_us / received if received else None)
    jitter = _ms(jitter_sum_us / steps if steps else None)
    return _PART % (ts, _classes(classes & 511), echoes >> 22, received, average, _ms(rtt_max_us), jitter)


def _ms(us: float | None) -> str:
    return "null" if us is None else f"{us / 1000:.3f}"


@cache
def _classes(minutes: int) -> str:
    up, degraded, down = minutes & 7, minutes >> 3 & 7, minutes >> 6
    code = worst(up, degraded, down).code
    state = "null" if code is None else str(code)
    no_data = 5 - up - degraded - down
    return f'"state":{state},"up":{up},"degraded":{degraded},"down":{down},"no_data":{no_data}'
