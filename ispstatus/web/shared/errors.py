"""Our errors as HTTP answers, in one place: ``{"error": "..."}``, which says what would be accepted."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchPath

from ispstatus.model.errors import (
    BadRequest,
    CannotMeasure,
    Forbidden,
    IspStatusError,
    NotFound,
    StorageError,
    TooBusy,
    Unauthorized,
)
from ispstatus.web.shared.respond import answer

_log = logging.getLogger(__name__)

HINT = "names are exact; send them URL-encoded: curl -G --data-urlencode 'name=...'"


def install(app: Flask) -> None:
    """Answer every error as JSON."""
    for kind, handle in _HANDLERS.items():
        app.register_error_handler(kind, handle)


def _bad_request(error: Exception) -> ResponseReturnValue:
    return answer({"error": str(error)}, HTTPStatus.BAD_REQUEST)


def _unauthorized(error: Exception) -> ResponseReturnValue:
    response = answer({"error": str(error)}, HTTPStatus.UNAUTHORIZED)
    response.headers["WWW-Authenticate"] = "ApiKey"
    return response


def _forbidden(error: Exception) -> ResponseReturnValue:
    body: dict[str, Any] = {"error": str(error)}
    rule = getattr(error, "rule", None)
    return answer(body if rule is None else {**body, "rule": rule}, HTTPStatus.FORBIDDEN)


def _not_found(error: Exception) -> ResponseReturnValue:
    known = error.known if isinstance(error, NotFound) else ()
    return answer({"error": str(error), "known": list(known), "hint": HINT}, HTTPStatus.NOT_FOUND)


def _too_busy(error: Exception) -> ResponseReturnValue:
    wait_s = error.retry_after_s if isinstance(error, TooBusy) else 5
    return _later(str(error), HTTPStatus.TOO_MANY_REQUESTS, wait_s)


def _storage(error: Exception) -> ResponseReturnValue:
    _log.warning("storage cannot answer %s: %s", request.path, error)
    words = "the stored history cannot be read now; /api/status still answers, /api/health says what is wrong"
    return _later(words, HTTPStatus.SERVICE_UNAVAILABLE, 30)


def _unmeasured(error: Exception) -> ResponseReturnValue:
    return _later(str(error), HTTPStatus.SERVICE_UNAVAILABLE, 5)


def _later(words: str, status: HTTPStatus, wait_s: int) -> Response:
    response = answer({"error": words}, status)
    response.headers["Retry-After"] = str(wait_s)
    return response


def _no_such_path(_error: Exception) -> ResponseReturnValue:
    return answer({"error": f"there is no {request.path}", "hint": "/docs lists what there is"}, HTTPStatus.NOT_FOUND)


def _no_such_method(error: Exception) -> ResponseReturnValue:
    allowed = sorted((error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else ())
    words = f"{request.method} is not accepted for {request.path}: use {' or '.join(allowed)}"
    response = answer({"error": words}, HTTPStatus.METHOD_NOT_ALLOWED)
    response.headers["Allow"] = ", ".join(allowed)
    return response


def _http(error: Exception) -> ResponseReturnValue:
    code = getattr(error, "code", None) or HTTPStatus.INTERNAL_SERVER_ERROR
    return answer({"error": getattr(error, "description", None) or str(error)}, code)


def _bug(_error: Exception) -> ResponseReturnValue:
    _log.exception("%s %s failed", request.method, request.path)
    return answer({"error": "internal error; the log of ispstatus has the details"}, HTTPStatus.INTERNAL_SERVER_ERROR)


_HANDLERS: dict[type[Exception], Callable[[Exception], ResponseReturnValue]] = {
    BadRequest: _bad_request,
    Unauthorized: _unauthorized,
    Forbidden: _forbidden,
    NotFound: _not_found,
    TooBusy: _too_busy,
    StorageError: _storage,
    CannotMeasure: _unmeasured,
    IspStatusError: _bug,
    NoSuchPath: _no_such_path,
    MethodNotAllowed: _no_such_method,
    HTTPException: _http,
    Exception: _bug,
}
