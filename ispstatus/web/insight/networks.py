"""``/api/v1/networks``: the customers there are."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.queries.insight.agents import active_networks
from ispstatus.web.insight.subjects import is_down, lately
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.respond import answer

bp = Blueprint("networks", __name__)


@bp.get("/networks")
def list_networks() -> ResponseReturnValue:
    """List the customers of whom anything was measured in the last hour: this site's, or none."""
    known = deps()
    customers = active_networks(known.reader, known.settings.site.customer_id, known.now(), lately, is_down)
    return answer({"count": len(customers), "customerId": list(customers)})
