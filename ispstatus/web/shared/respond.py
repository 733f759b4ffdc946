"""How an answer leaves: JSON bodies, and the headers every answer carries."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response

from ispstatus.web.shared.deps import Deps

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return ``body`` as JSON, in the order given. It is true now and must not be kept."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text, status=status, mimetype="application/json", headers={"Cache-Control": "no-store"})


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
