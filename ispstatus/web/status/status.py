"""``/api/status``: whether each uplink is usable now, and why."""

from dataclasses import replace

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ispstatus.model.report import StatusReport
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.params import query
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.uplinks import reports_named
from ispstatus.web.status.params import YES, StatusQuery
from ispstatus.web.status.payloads import status_payload

bp = Blueprint("status", __name__)

_CODES = {"null": None, "0": 0, "1": 1}


@bp.get("/api/status")
def get_status() -> ResponseReturnValue:
    """Tell the verdict of every uplink with its evidence; probes unless ``cached``."""
    asked = query(StatusQuery)
    report = _report(asked.name, is_cached=asked.cached in YES)
    unknown_as = deps().settings.unknown_as if asked.unknown_as is None else _CODES[asked.unknown_as]
    return answer(status_payload(report, deps(), unknown_as))


def _report(names: list[str], *, is_cached: bool) -> StatusReport:
    """Return what was asked for. Several names are one question about all: fewer questions, no more probing."""
    wanted = {report.uplink.name for report in reports_named(names)}
    report = deps().ask_status(names[0] if len(wanted) == 1 and names else None, is_cached)
    return replace(
        report, uplinks=tuple(uplink for uplink in report.uplinks if not names or uplink.uplink.name in wanted)
    )
