"""How an answer leaves: JSON bodies, and the headers every answer carries."""

import json
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from itertools import islice
from typing import Any

from flask import Flask, Response

from ispstatus.web.shared.deps import Deps

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_ROWS_AT_ONCE = 1000


def answer(
    body: Mapping[str, Any] | Sequence[Mapping[str, Any]], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body`` as JSON, in the order given. It is true now and must not be kept."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _as_json(text, status, headers)


def answer_rows(rows: Iterable[str], headers: Mapping[str, str] | None = None) -> Response:
    """Return a list of many rows, each of them JSON already, as ``answer`` would.

    Rows become text as they come, so that no more than that is in memory. It leaves in one piece: a slow client holds
    the server's buffer then, and no request thread.
    """
    text, source, mark = BytesIO(), iter(rows), b""
    text.write(b"[")
    while page := list(islice(source, _ROWS_AT_ONCE)):
        text.write(mark + ",".join(page).encode())
        mark = b","
    text.write(b"]")
    return _as_json(text.getvalue(), 200, headers)


def _as_json(text: str | bytes, status: int, headers: Mapping[str, str] | None) -> Response:
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
