"""How an answer leaves: JSON bodies, and the headers every answer carries."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Flask, Response, request
from werkzeug.wsgi import wrap_file

from ispstatus.web.shared.deps import Deps

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_ROWS_AT_ONCE = 1000
_IN_MEMORY_BYTES = _READ_BYTES = 64 * 1024


def answer(
    body: Mapping[str, Any] | Sequence[Mapping[str, Any]], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body`` as JSON, in the order given. It is true now and must not be kept."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _as_json(text, status, headers)


def answer_rows(rows: Iterable[str], headers: Mapping[str, str] | None = None) -> Response:
    """Return a list of many rows, each of them JSON already, as ``answer`` would.

    Rows become text as they come.
    """
    return with_text(_as_json("", 200, headers), _list_of(rows))


def _list_of(rows: Iterable[str]) -> Iterator[bytes]:
    source, mark = iter(rows), b"["
    while page := list(islice(source, _ROWS_AT_ONCE)):
        yield mark + ",".join(page).encode()
        mark = b","
    yield b"[]" if mark == b"[" else b"]"


def with_text(response: Response, pieces: Iterable[bytes]) -> Response:
    """Return ``response`` with a long text in it, which is never in memory as a whole.

    It goes to a file before it leaves: a slow client holds that, and no request thread.
    """
    file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  the server closes it when it is sent
    for piece in pieces:
        file.write(piece)
    response.content_length = file.tell()
    file.seek(0)
    response.response = wrap_file(request.environ, file, _READ_BYTES)
    response.direct_passthrough = True
    return response


def _as_json(text: str, status: int, headers: Mapping[str, str] | None) -> Response:
    head = {"Cache-Control": "no-store", **(headers or {})}
    return Response(text, status=status, mimetype="application/json", headers=head)


def install(app: Flask, deps: Deps) -> None:
    """Give every answer of an app its common headers."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Content-Security-Policy"] = CSP
        if deps.is_demo:
            response.headers["X-Ispstatus-Demo"] = "1"
        return response
