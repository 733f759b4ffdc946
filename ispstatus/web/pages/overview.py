"""``/``: every uplink at a glance, and its evidence one click away."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ispstatus.web.pages.cards import cards, headline
from ispstatus.web.shared.deps import deps

bp = Blueprint("overview", __name__)

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"


@bp.get("/")
def get_overview() -> ResponseReturnValue:
    """Show the last verdict of every uplink; never probes."""
    known = deps()
    reports = known.last_reports()
    page = render_template("overview.html", deps=known, cards=cards(known, reports), headline=headline(reports))
    return page, 200, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
