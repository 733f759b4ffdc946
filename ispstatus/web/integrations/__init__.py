"""Other people's monitoring: Prometheus and PRTG. They read what is known and never probe."""

from flask import Blueprint

from ispstatus.web.integrations import metrics, prtg


def blueprint() -> Blueprint:
    """Return the routes."""
    parent = Blueprint("integrations", __name__)
    parent.register_blueprint(metrics.bp)
    parent.register_blueprint(prtg.bp)
    return parent
