"""Pages for people: the overview and the documentation. Rendered here; a script only spares the reader a reload."""

from flask import Blueprint

from ispstatus.web.pages import docs, overview


def blueprint() -> Blueprint:
    """Return the pages' routes."""
    parent = Blueprint("pages", __name__)
    parent.register_blueprint(overview.bp)
    parent.register_blueprint(docs.bp)
    return parent
