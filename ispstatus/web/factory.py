"""Builds the Flask app: the guard first, then every family."""

from flask import Flask, g, request

from ispstatus.web import insight, integrations, pages, status
from ispstatus.web.shared import errors, respond
from ispstatus.web.shared.csv import DOWNLOADS, Downloads
from ispstatus.web.shared.deps import Deps, hang
from ispstatus.web.shared.guard import LOCAL_ADDRESS, Guard


def create_app(deps: Deps) -> Flask:
    """Return the WSGI app that answers with what ``deps`` hands it."""
    app = Flask("ispstatus.web", static_url_path="/static")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.url_map.strict_slashes = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    hang(app.extensions, deps)
    guard = Guard(
        deps.settings.web,
        deps.hostname,
        deps.clock,
        deps.route_device,
        deps.uplink_devices,
        deps.has_lan,
        deps.is_on_link,
    )

    @app.before_request
    def admit() -> None:
        """Every path is guarded, those that do not exist too."""
        g.client = guard.admit(request.remote_addr or "", request.environ.get(LOCAL_ADDRESS), request.headers)

    respond.install(app, deps)
    errors.install(app)
    app.extensions[DOWNLOADS] = Downloads(guard)
    for family in (status, insight, pages, integrations):
        app.register_blueprint(family.blueprint())
    return app
