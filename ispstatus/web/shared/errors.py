"""Our errors to HTTP answers, in one place. Every error body is ``{"error": "..."}``."""

import logging

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ispstatus.model.errors import BadRequest, Forbidden, NotFound, StorageError, TooBusy

_log = logging.getLogger(__name__)

_ENCODING_HINT = "names with spaces or brackets must be URL-encoded: curl -G --data-urlencode 'name=...'"


def install(app: Flask) -> None:
    """Answer errors as JSON on every path."""
    app.register_error_handler(BadRequest, lambda error: (jsonify(error=str(error)), 400))
    app.register_error_handler(Forbidden, lambda error: (jsonify(error=str(error)), 403))
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(TooBusy, _too_busy)
    app.register_error_handler(StorageError, _storage)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _not_found(error: NotFound) -> ResponseReturnValue:
    body: dict[str, object] = {"error": str(error)}
    if error.known:
        body |= {"known": list(error.known), "hint": _ENCODING_HINT}
    return jsonify(body), 404


def _too_busy(error: TooBusy) -> ResponseReturnValue:
    return jsonify(error=str(error)), 429, {"Retry-After": str(error.retry_after_s)}


def _storage(error: StorageError) -> ResponseReturnValue:
    _log.error("storage: %s", error)
    return jsonify(error="the history cannot be read now; see /api/health"), 500


def _http(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=error.description or error.name), error.code or 500


def _bug(error: Exception) -> ResponseReturnValue:
    _log.error("unexpected error", exc_info=error)
    return jsonify(error="internal error; the log of ispstatus has the details"), 500
