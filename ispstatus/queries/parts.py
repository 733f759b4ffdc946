"""The parts that answers about one uplink's past are joined from.

Closed days lie deflated in the store; the first and the last day of an answer are written out. What was written or
joined once is kept in memory as long as nothing served of the uplink has changed, so that a new bucket costs its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TypeVar

from ispstatus.analytics.summary import SummaryRow, Totals, summarise
from ispstatus.model.record import Outage
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import buckets, chunks, uplinks
from ispstatus.store.chunks import Chunk, DayTotals
from ispstatus.store.deflate import FAST, Piece, join
from ispstatus.store.points import points_text

T = TypeVar("T")

_STRETCH = 4 * 3600
"""A day is written out in stretches of this many seconds, and whole ones are kept."""
_FIELDS = tuple(field.name for field in fields(SummaryRow))
_NOTHING = DayTotals()
_OVERHEAD = 500
"""Bytes that keeping anything costs."""


@dataclass(frozen=True, slots=True)
class Written:
    """A part of a day, or none of it, as text."""

    text: bytes = b""
    totals: DayTotals = _NOTHING
    daily: tuple[str, ...] = ()
    """Its row of "daily"."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed days on end, deflated as one."""

    piece: Piece
    totals: DayTotals
    daily: tuple[str, ...]


class Parts:
    """The parts of one uplink's past as of now."""

    def __init__(self, reader: Reader, uplink_id: int) -> None:
        self._reader = reader
        self._uplink_id = uplink_id
        self._key = (reader.file_key, uplink_id, uplinks.revision(reader.db(), uplink_id))

    def written(self, start_ts: int, end_ts: int) -> Written:
        """Return the part of one UTC day that lies in ``[start_ts, end_ts)``."""
        if start_ts >= end_ts:
            return Written()
        cuts = [start_ts, *range((start_ts // _STRETCH + 1) * _STRETCH, end_ts, _STRETCH), end_ts]
        stretches = [self._stretch(since_ts, until_ts) for since_ts, until_ts in pairwise(cuts)]
        totals = chunks.add_totals(totals for _, totals in stretches)
        daily = chunks.daily_row(self._reader.db(), self._uplink_id, start_ts, end_ts, totals, row_of)
        return Written(b"".join(text for text, _ in stretches), totals, (daily,))

    def closed(self, first_day: int, end_day: int) -> Closed:
        """Return the days ``[first_day, end_day)``; days since the epoch."""
        return self._kept(
            ("closed", first_day, end_day),
            lambda: self._join(first_day, end_day),
            lambda made: len(made.piece.deflated) + _OVERHEAD * len(made.daily),
        )

    def totals(self, first_day: int, end_day: int) -> DayTotals:
        """Return the sums of the days ``[first_day, end_day)`` without reading their texts."""
        stored = chunks.totals_between(self._reader.db(), self._uplink_id, first_day, end_day)
        missing = (self._chunk(day).totals for day in range(first_day, end_day) if day not in stored)
        return chunks.add_totals([_NOTHING, *stored.values(), *missing])

    def _stretch(self, start_ts: int, end_ts: int) -> tuple[bytes, DayTotals]:
        def write() -> tuple[bytes, DayTotals]:
            rows = buckets.bucket_rows(self._reader.db(), self._uplink_id, start_ts, end_ts)
            return points_text(rows, start_ts, end_ts), chunks.totals_of(rows)

        if end_ts - start_ts < _STRETCH:
            return write()
        return self._kept(("stretch", start_ts, end_ts), write, lambda made: len(made[0]) + _OVERHEAD)

    def _join(self, first_day: int, end_day: int) -> Closed:
        stored = chunks.between(self._reader.db(), self._uplink_id, first_day, end_day)
        days = [stored.get(day) or self._chunk(day) for day in range(first_day, end_day)]
        totals = chunks.add_totals([_NOTHING, *(day.totals for day in days)])
        return Closed(join([day.piece for day in days]), totals, tuple(day.daily for day in days))

    def _chunk(self, day: int) -> Chunk:
        """Return a closed day that the store does not hold."""
        return self._kept(
            ("day", day, day),
            lambda: chunks.build(self._reader.db(), self._uplink_id, day, row_of, FAST),
            lambda made: len(made.piece.deflated) + len(made.daily) + _OVERHEAD,
        )

    def _kept(self, name: tuple[str, int, int], make: Callable[[], T], size_of: Callable[[T], int]) -> T:
        made: T | None = self._reader.parts.get((*self._key, *name))
        if made is None:
            made = make()
            self._reader.parts.put((*self._key, *name), made, size_of(made))
        return made


def row_of(window: Window, totals: DayTotals, touching: list[Outage]) -> dict[str, object]:
    """Return the summary of a window, ready for JSON."""
    row = summarise(window, Totals(*totals), touching)
    return {name: getattr(row, name) for name in _FIELDS}
