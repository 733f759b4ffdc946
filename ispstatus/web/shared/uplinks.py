"""Which uplinks a request is about."""

from ispstatus.model.errors import BadRequest, NotFound
from ispstatus.model.report import UplinkReport
from ispstatus.model.uplink import Uplink
from ispstatus.queries.uplinks import all_uplinks, find_uplink
from ispstatus.web.shared.deps import deps


def uplinks_named(name: str | None) -> tuple[Uplink, ...]:
    """Return the uplink of a name, removed or not, or all without one. NotFound with the known names."""
    if name is None:
        return all_uplinks(deps().reader)
    return (find_uplink(deps().reader, name),)


def the_uplink(name: str | None) -> Uplink:
    """Return the uplink of a name; without one, the only uplink there is. BadRequest when there are several."""
    found = uplinks_named(name)
    if name is None and len(found) != 1:
        known = ", ".join(uplink.name for uplink in found)
        raise BadRequest(f"name is required: it accepts one of {known or 'no uplink yet'}")
    return found[0]


def reports_named(names: list[str]) -> tuple[UplinkReport, ...]:
    """Return the last verdicts of these names, in configuration order; of all without any. NotFound as above."""
    last = deps().last_reports()
    known = tuple(report.uplink.name for report in last)
    for name in names:
        if name not in known:
            raise NotFound(f"there is no uplink {name!r}", known=known)
    return tuple(report for report in last if not names or report.uplink.name in names)
