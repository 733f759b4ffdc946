"""``/api/prtg``: sensors for PRTG's "HTTP Data Advanced". Channel names are part of the contract: PRTG keys on them.

A DOWN uplink is a value; ``error: 1`` would blank every channel and is kept for an engine that cannot be trusted.
"""

from typing import Any, Literal

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from ispstatus.model.errors import StorageError
from ispstatus.model.report import UplinkReport
from ispstatus.queries.history import availability_30d
from ispstatus.web.shared.deps import Deps, deps
from ispstatus.web.shared.figures import present_quality
from ispstatus.web.shared.health import MAX_AGE_S, standing_threads
from ispstatus.web.shared.params import query
from ispstatus.web.shared.respond import answer
from ispstatus.web.shared.sentences import headline, sentence
from ispstatus.web.shared.uplinks import reports_named

bp = Blueprint("prtg", __name__)

MOST_CHANNELS = 50
"""What PRTG supports in one sensor."""
MOST_TEXT = 2000
UNKNOWN_VALUE = 3
LOOKUP = "ispstatus.uplink.state"
_LIMITS = {"limitmode": 1, "limitminerror": 0.5, "limitminwarning": 1.5, "limitmaxwarning": 2.5}
"""0 is an error, 1 a warning, 2 fine, 3 (UNKNOWN) a warning: no lookup file is needed."""


class PrtgQuery(BaseModel):
    """/api/prtg."""

    name: str | None = Field(
        None, description="the exact name of an uplink, URL-encoded; without it one sensor for all"
    )
    lookup: Literal["0", "1", "true", "false"] = Field("0", description="use 1 when the lookup file is installed, or 0")


@bp.get("/api/prtg")
def get_prtg() -> ResponseReturnValue:
    """Give one state channel per uplink, or with ``name`` every channel of one; never probes."""
    asked, known = query(PrtgQuery), deps()
    reports = reports_named([] if asked.name is None else [asked.name])
    distrust = _distrust(known, reports)
    if distrust is not None:
        return answer({"prtg": {"error": 1, "text": distrust}})
    uses_lookup = asked.lookup in {"1", "true"}
    if asked.name is None:
        return answer({"prtg": _overview(reports, uses_lookup=uses_lookup)})
    return answer({"prtg": _sensor(known, reports[0], uses_lookup=uses_lookup)})


@bp.get("/api/prtg/ispstatus.uplink.state.ovl")
def get_prtg_lookup() -> Response:
    """Download the lookup file for PRTG's ``lookups\\custom`` folder."""
    return send_file("static/ispstatus.uplink.state.ovl", mimetype="application/xml", as_attachment=True)


def _distrust(known: Deps, reports: tuple[UplinkReport, ...]) -> str | None:
    """Return why the states below cannot be trusted; None when they can."""
    still = standing_threads(known.vitals())
    if still:
        return f"do not trust this sensor: the {', '.join(still)} of ispstatus stands still"
    if not reports:
        return "no uplink is known: this box has no default route and no configuration names one"
    youngest_s = min(report.age_ms for report in reports) / 1000
    if youngest_s > MAX_AGE_S:
        return f"do not trust this sensor: the newest verdict is {youngest_s:.0f} s old"
    return None


def _overview(reports: tuple[UplinkReport, ...], *, uses_lookup: bool) -> dict[str, Any]:
    shown = reports[:MOST_CHANNELS]
    words = headline(reports)
    if len(shown) < len(reports):
        words += f" Only the first {MOST_CHANNELS} are channels here: use one sensor per uplink."
    channels = [_state(f"{report.uplink.name} state", report, uses_lookup=uses_lookup) for report in shown]
    return {"text": words[:MOST_TEXT], "result": channels}


def _sensor(known: Deps, report: UplinkReport, *, uses_lookup: bool) -> dict[str, Any]:
    quality = present_quality(report)
    channels = [
        _state("State", report, uses_lookup=uses_lookup),
        _figure("RTT", quality.latency_ms if quality else None, {"unit": "Custom", "customunit": "ms"}),
        _figure("Loss", quality.loss_pct if quality else None, {"unit": "Percent"}),
        _figure("Jitter", quality.jitter_ms if quality else None, {"unit": "Custom", "customunit": "ms"}),
        _figure("Availability 30 d", _availability(known, report), {"unit": "Percent"}),
        _figure("Age", report.age_ms / 1000, {"unit": "Custom", "customunit": "s"}),
    ]
    return {"text": sentence(report, known)[:MOST_TEXT], "result": [channel for channel in channels if channel]}


def _availability(known: Deps, report: UplinkReport) -> float | None:
    try:
        return availability_30d(known.reader, report.uplink, known.now())
    except StorageError:
        return None


def _figure(name: str, value: float | None, unit: dict[str, str]) -> dict[str, Any] | None:
    return None if value is None else {"channel": name, "value": round(value, 4), "float": 1, **unit}


def _state(name: str, report: UplinkReport, *, uses_lookup: bool) -> dict[str, Any]:
    code = report.decision.state.code
    channel = {"channel": name, "value": UNKNOWN_VALUE if code is None else code, "unit": "Custom", "showchart": 1}
    return channel | ({"valuelookup": LOOKUP} if uses_lookup else _LIMITS)
