"""/api/history: five-minute points of one uplink, the last served bucket last.

The answer is text joined from pieces: closed days lie deflated in the database, only the first and the last day are
written out anew. What a client already has is recognised before any of that.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ispstatus.analytics.summary import SummaryRow, Totals, summarise
from ispstatus.model.errors import BadRequest
from ispstatus.model.record import Bucket, Minute, Outage
from ispstatus.model.state import State
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window
from ispstatus.queries.parts import Parts, row_of
from ispstatus.queries.reader import Reader
from ispstatus.store import buckets, chunks, minutes, outages, uplinks
from ispstatus.store.buckets import BUCKET, served_until_ts
from ispstatus.store.chunks import DAY
from ispstatus.store.db import PAGE
from ispstatus.store.deflate import gzip_of, unzipped
from ispstatus.store.points import SHAPE

RANGES = {"24h": 288, "72h": 864, "7d": 2016, "30d": 8640, "90d": 25_920}
"""Points of each range."""
_SCHEMA = f"1.{SHAPE}"
"""Version of the answer's shape: part of the ETag."""


@dataclass(frozen=True, slots=True)
class _Days:
    """How a range falls on UTC days."""

    start_ts: int
    end_ts: int

    @property
    def first_whole(self) -> int:
        return -(-self.start_ts // DAY)

    @property
    def last(self) -> int:
        """The day of the last point: always written out, whole or not."""
        return (self.end_ts - BUCKET) // DAY

    @property
    def head(self) -> tuple[int, int]:
        """The part of the first day; empty when the range begins with a whole one."""
        return self.start_ts, min(self.first_whole, self.last) * DAY

    @property
    def tail(self) -> tuple[int, int]:
        return max(self.last * DAY, self.start_ts), self.end_ts


def history_window(range_: str, now: datetime) -> Window:
    """Return the window of a range's points; BadRequest names the ranges there are."""
    if range_ not in RANGES:
        raise BadRequest(f"range {range_!r} is not accepted: use one of {', '.join(RANGES)}")
    end_ts = served_until_ts(now.timestamp())
    return Window(_at(end_ts - RANGES[range_] * BUCKET), _at(end_ts))


def history_etag(reader: Reader, uplink: Uplink, range_: str, now: datetime) -> str:
    """Return the opaque tag (no quotes) of the answer: it changes when, and only when, the answer may have.

    Costs one look-up by key. The answer's bytes differ by encoding: send it as a weak tag.
    """
    end_ts = history_window(range_, now).end_ts
    revision = uplinks.revision(reader.db(), uplink.id)
    return f"{uplink.id}-{range_}-{_SCHEMA}-{end_ts - BUCKET}-{revision}"


def history_gzip(reader: Reader, uplink: Uplink, range_: str, now: datetime) -> bytes:
    """Return the JSON answer as one gzip member."""
    key = (reader.file_key, history_etag(reader, uplink, range_, now), uplink.name, uplink.is_removed)
    body = reader.bodies.get(key)
    if body is None:
        body = _body(reader, uplink, range_, history_window(range_, now))
        reader.bodies.put(key, body, len(body))
    return body


def history_text(reader: Reader, uplink: Uplink, range_: str, now: datetime) -> Iterator[bytes]:
    """Yield the JSON answer in pieces: as a whole it may be megabytes."""
    return unzipped(history_gzip(reader, uplink, range_, now))


def prepare(reader: Reader, uplink: Uplink, now: datetime) -> None:
    """Make what the first client after a start would wait for: the shortest and the longest answer."""
    for range_ in ("24h", "90d"):
        history_gzip(reader, uplink, range_, now)


def summary_of(reader: Reader, uplink: Uplink, range_: str, now: datetime) -> SummaryRow:
    """Return the ``summary`` of a range without its points."""
    window = history_window(range_, now)
    days, parts = _Days(window.start_ts, window.end_ts), Parts(reader, uplink.id)
    written = (parts.written(*span).totals for span in (days.head, days.tail))
    totals = chunks.add_totals([parts.totals(days.first_whole, days.last), *written])
    return summarise(window, Totals(*totals), _touching(reader, uplink, window))


def availability_30d(reader: Reader, uplink: Uplink, now: datetime) -> float | None:
    """Return the availability of the last thirty days in percent, as /api/history says it."""
    return summary_of(reader, uplink, "30d", now).availability_pct


def buckets_in(reader: Reader, uplink_id: int, window: Window, *, is_padded: bool = False) -> Iterator[Bucket]:
    """Yield the buckets that start in ``window``, oldest first; with ``is_padded`` those that are missing too.

    Five hundred at a time: no read lasts longer than that, however slowly they are taken.
    """
    due_ts = -(-window.start_ts // BUCKET) * BUCKET
    while page := buckets.buckets_between(reader.db(), uplink_id, due_ts, window.end_ts):
        for bucket in page:
            if is_padded:
                yield from (_no_data(uplink_id, ts) for ts in range(due_ts, bucket.ts, BUCKET))
            yield bucket
            due_ts = bucket.ts + BUCKET
    if is_padded:
        yield from (_no_data(uplink_id, ts) for ts in range(due_ts, window.end_ts, BUCKET))


def minutes_in(reader: Reader, uplink_id: int, window: Window) -> Iterator[Minute]:
    """Yield the stored minutes that start in ``window``, oldest first, five hundred at a time."""
    due_ts = window.start_ts
    while page := minutes.minutes_between(reader.db(), uplink_id, due_ts, window.end_ts):
        yield from page
        due_ts = page[-1].ts + minutes.MINUTE
        if len(page) < PAGE:
            return


def _body(reader: Reader, uplink: Uplink, range_: str, window: Window) -> bytes:
    days, parts = _Days(window.start_ts, window.end_ts), Parts(reader, uplink.id)
    head, tail = parts.written(*days.head), parts.written(*days.tail)
    closed = parts.closed(days.first_whole, days.last)
    totals = chunks.add_totals([head.totals, closed.totals, tail.totals])
    summary = row_of(window, totals, _touching(reader, uplink, window))
    opening = (
        f'{{"range":"{range_}","name":{json.dumps(uplink.name, ensure_ascii=False)},'
        f'"removed":{"true" if uplink.is_removed else "false"},"bucket_seconds":{BUCKET},'
        f'"summary":{json.dumps(summary, separators=(",", ":"))},'
        f'"daily":[{",".join(head.daily + closed.daily + tail.daily)}],"points":['
    ).encode()
    ending = tail.text[:-1] + b"]}"
    return gzip_of(opening + head.text, [closed.piece] if closed.daily else [], ending)


def _touching(reader: Reader, uplink: Uplink, window: Window) -> list[Outage]:
    return outages.edges(reader.db(), uplink.id, window.start_ts * 1_000_000, window.end_ts * 1_000_000)


def _no_data(uplink_id: int, ts: int) -> Bucket:
    return Bucket(
        uplink_id=uplink_id,
        ts=ts,
        state=State.UNKNOWN,
        up=0,
        degraded=0,
        down=0,
        no_data=5,
        down_s=0,
        unknown_s=BUCKET,
        sent=0,
        received=0,
        rtt_sum_us=0,
        rtt_max_us=None,
        jitter_sum_us=0,
        jitter_count=0,
    )


def _at(ts: int) -> datetime:
    return datetime.fromtimestamp(ts, UTC)
