"""The last 24 hours as 288 cells: colour and height tell the state, so that neither eye nor printer needs colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ispstatus.model.record import Bucket
from ispstatus.model.state import State
from ispstatus.queries.history import buckets_in, history_window
from ispstatus.queries.reader import Reader

HEIGHT = 24
HEIGHTS = {State.UP: 14, State.DEGRADED: 19, State.DOWN: 24, State.UNKNOWN: 8}
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """Five minutes."""

    x: int
    y: int
    height: int
    css: str
    title: str
    """What happened, for cells in which something did; "" otherwise."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A day of one uplink, the last served bucket last."""

    cells: tuple[Cell, ...]
    ticks: tuple[str, ...]
    """Local times at equal distances, from 24 hours ago to six hours ago."""
    words: str
    """The same in a sentence, for those who do not see it."""


def strip_of(reader: Reader, uplink_id: int, now: datetime, zone: tzinfo) -> Strip:
    """Return the strip of an uplink."""
    window = history_window("24h", now)
    buckets = list(buckets_in(reader, uplink_id, window, is_padded=True))
    step = (window.end_at - window.start_at) / _TICKS
    ticks = tuple(f"{(window.start_at + n * step).astimezone(zone):%H:%M}" for n in range(_TICKS))
    return Strip(tuple(_cell(x, bucket, zone) for x, bucket in enumerate(buckets)), ticks, _words(buckets))


def _cell(x: int, bucket: Bucket, zone: tzinfo) -> Cell:
    height = HEIGHTS[bucket.state]
    return Cell(x, HEIGHT - height, height, bucket.state.name.lower(), _title(bucket, zone))


def _title(bucket: Bucket, zone: tzinfo) -> str:
    if bucket.state is State.UP and bucket.no_data == 0:
        return ""
    start_at = datetime.fromtimestamp(bucket.ts, UTC).astimezone(zone)
    parts = [(bucket.down, "down"), (bucket.degraded, "degraded"), (bucket.no_data, "without data")]
    told = ", ".join(f"{minutes} min {word}" for minutes, word in parts if minutes)
    return f"{start_at:%H:%M} to {start_at + timedelta(minutes=5):%H:%M}: {told}"


def _words(buckets: Sequence[Bucket]) -> str:
    sums = [
        (sum(bucket.up for bucket in buckets), "up"),
        (sum(bucket.degraded for bucket in buckets), "degraded"),
        (sum(bucket.down for bucket in buckets), "down"),
        (sum(bucket.no_data for bucket in buckets), "without data"),
    ]
    return "Last 24 hours, in minutes: " + ", ".join(f"{minutes} {word}" for minutes, word in sums if minutes) + "."
