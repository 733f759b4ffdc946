"""Builds the Flask app: the guard first, then every family."""

from flask import Flask, Response

from ispstatus import __version__
from ispstatus.web import integrations, pages, status
from ispstatus.web.shared import errors, guard
from ispstatus.web.shared.deps import Deps


def create_app(deps: Deps) -> Flask:
    """Return the app that answers with what ``deps`` hands it."""
    app = Flask("ispstatus.web")
    app.extensions["ispstatus"] = deps
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    guard.install(app)
    errors.install(app)
    for family in (status, pages, integrations):
        app.register_blueprint(family.blueprint())
    app.after_request(_head)
    if deps.is_demo:
        app.after_request(_mark_demo)
    return app


def _head(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Server"] = f"ispstatus/{__version__}"
    return response


def _mark_demo(response: Response) -> Response:
    response.headers["X-Ispstatus-Demo"] = "1"
    return response
