"""CSV for scripts and for spreadsheets: RFC 4180, streamed, and no cell that a spreadsheet would run.

Plain: UTF-8, CRLF, ISO 8601. With ``?excel=1``: a byte order mark, and times as "YYYY-MM-DD HH:MM:SS", which
spreadsheets understand; a column called ``_utc`` stays UTC, one called ``_local`` is local.
"""

import csv
import io
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import islice
from urllib.parse import quote

from flask import Response, current_app, g

from ispstatus.model.errors import TooBusy
from ispstatus.web.shared.guard import Guard
from ispstatus.web.shared.times import whole_utc

Cell = str | int | float | bool | datetime | None

DOWNLOADS = "ispstatus.downloads"
"""Where an app keeps its ``Downloads``."""
MOST_AT_ONCE = 2
RETRY_AFTER_S = 10
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS_A_CHUNK = 200
_BOM = "\ufeff"


class Downloads:
    """Places for streamed downloads: slow clients may hold two, never the server."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def send(
        self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, zone: tzinfo, is_excel: bool
    ) -> Response:
        """Return a streamed CSV answer called ``name``.

        Refused if downloads are not for this client, TooBusy beyond two.
        ``datetime`` cells are written as the column's name says: ``_local`` local, all others UTC.
        """
        self._guard.admit_download(g.client)
        head = {"Cache-Control": "no-store", "Content-Disposition": disposition(name)}
        if not self._places.acquire(blocking=False):
            raise TooBusy(f"{MOST_AT_ONCE} downloads run already: try again soon", retry_after_s=RETRY_AFTER_S)
        stream = _Stream(chunks(columns, rows, zone=zone, is_excel=is_excel), self._places)
        return Response(stream, mimetype="text/csv", headers=head)


def downloads() -> Downloads:
    """Return the download places of the present app."""
    found: Downloads = current_app.extensions[DOWNLOADS]
    return found


class _Stream:
    """An iterable whose place is given back however it ends: read to the end, broken off, or never begun."""

    def __init__(self, parts: Iterator[bytes], places: threading.BoundedSemaphore) -> None:
        self._parts = parts
        self._places = places
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        """Give the place back; called by the server at the end of every answer."""
        if self._is_open:
            self._is_open = False
            self._places.release()


def chunks(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, zone: tzinfo, is_excel: bool) -> Iterator[bytes]:
    """Yield the document in pieces of some kilobytes."""
    is_local = [column.endswith("_local") for column in columns]

    def written(row: Sequence[Cell]) -> list[str | int | float]:
        return [_cell(cell, zone if is_own else UTC, is_excel) for cell, is_own in zip(row, is_local, strict=True)]

    head = io.StringIO(_BOM if is_excel else "")
    head.seek(0, io.SEEK_END)
    csv.writer(head).writerow(columns)
    yield head.getvalue().encode()
    source = iter(rows)
    while page := list(islice(source, _ROWS_A_CHUNK)):
        text = io.StringIO()
        csv.writer(text).writerows(map(written, page))
        yield text.getvalue().encode()


def disposition(name: str) -> str:
    """Return a Content-Disposition with a plain ASCII name for old clients and the exact one (RFC 6266)."""
    ascii_name = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    ascii_name = re.sub(r"-*([._])-*", r"\1", ascii_name).strip("-.") or "ispstatus.csv"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def file_name(*parts: str) -> str:
    """Return parts joined as SITE_UPLINK_PERIOD_kind.csv, without what a path could be made of."""
    return "_".join(re.sub(r"[\x00-\x1f/\\:*?\"<>|]+", "-", part).strip() or "-" for part in parts) + ".csv"


def _cell(cell: Cell, zone: tzinfo, is_excel: bool) -> str | int | float:  # noqa: FBT001  called in one place
    match cell:
        case None:
            return ""
        case bool():
            return int(cell)
        case datetime():
            return _moment(cell, zone, is_excel)
        case str():
            return f"'{cell}" if cell.startswith(_FORMULA) else cell
        case _:
            return cell


def _moment(moment: datetime, zone: tzinfo, is_excel: bool) -> str:  # noqa: FBT001  called in one place
    if is_excel:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return whole_utc(moment) if zone is UTC else moment.astimezone(zone).isoformat(timespec="seconds")
