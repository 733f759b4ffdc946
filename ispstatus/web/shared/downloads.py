"""CSV as RFC 4180 wants it, streamed, safe in a spreadsheet, two at a time."""

import csv
import io
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

from flask import Response

from ispstatus.model.errors import TooBusy
from ispstatus.web.shared.guard import refuse_downloads

MOST_AT_ONCE = 2
ROWS_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_places = threading.BoundedSemaphore(MOST_AT_ONCE)

Row = Sequence[object]


def csv_response(name: str, header: Sequence[str], rows: Iterable[Row], *, is_excel: bool) -> Response:
    """Return a streamed download. TooBusy while two others run; Forbidden outside ``downloads_allow``."""
    refuse_downloads()
    if not _places.acquire(blocking=False):
        raise TooBusy(f"{MOST_AT_ONCE} downloads run already; try again in a moment")
    stream = _Place(_lines(header, rows, is_excel=is_excel), _places.release)
    response = Response(stream, mimetype="text/csv")
    response.headers["Content-Disposition"] = _disposition(name)
    return response


def safe(text: str) -> str:
    """Return text a spreadsheet will not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Place:
    """An iterator that gives its place back exactly once, however it ends."""

    def __init__(self, lines: Iterator[bytes], release: Callable[[], None]) -> None:
        self._lines = lines
        self._release: Callable[[], None] | None = release

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._lines)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the place back; waitress calls this when the client has gone."""
        release, self._release = self._release, None
        if release is not None:
            release()

    def __del__(self) -> None:
        self.close()


def _lines(header: Sequence[str], rows: Iterable[Row], *, is_excel: bool) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if is_excel:
        buffer.write("\ufeff")
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(value, is_excel=is_excel) for value in row])
        if number % ROWS_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _cell(value: object, *, is_excel: bool) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if is_excel else value.isoformat().replace("+00:00", "Z")
    return safe(value) if isinstance(value, str) else value


def _disposition(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
