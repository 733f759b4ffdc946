"""How an answer leaves: JSON bodies, and the headers every answer carries."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response

from ispstatus.web.shared.deps import Deps

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def answer(
    body: Mapping[str, Any] | Sequence[Mapping[str, Any]], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``body`` as JSON, in the order given. It is true now and must not be kept."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
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
