"""The isp-status family: what each uplink is now, what it was, and whether this engine can be trusted."""

from flask import Blueprint

from ispstatus.web.status import health, history, openapi, outages, sla, status, uplinks


def blueprint() -> Blueprint:
    """Return the family's routes."""
    parent = Blueprint("status", __name__)
    for view in (status, health, history, sla, outages, uplinks, openapi):
        parent.register_blueprint(view.bp)
    return parent
