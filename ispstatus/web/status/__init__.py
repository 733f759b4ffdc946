"""The isp-status family: what each uplink is now, what it was, and whether this engine can be trusted."""

from flask import Blueprint

from ispstatus.web.status import health, history, outages, sla, status, uplinks


def blueprint() -> Blueprint:
    """Return the family's routes."""
    parent = Blueprint("status", __name__)
    for view in (status.bp, health.bp, history.bp, outages.bp, sla.bp, uplinks.bp):
        parent.register_blueprint(view)
    return parent
