"""Pages for people: the overview. Rendered on the server; nothing on them needs a script."""

from flask import Blueprint

from ispstatus.web.pages import overview


def blueprint() -> Blueprint:
    """Return the pages' routes."""
    parent = Blueprint("pages", __name__, template_folder="../templates", static_folder="../static")
    parent.register_blueprint(overview.bp)
    return parent
