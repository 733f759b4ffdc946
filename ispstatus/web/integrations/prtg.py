"""``/api/prtg``: channels for PRTG's HTTP Data Advanced sensor. A dead uplink is a value, never ``error: 1``."""

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ispstatus.model.errors import NotFound
from ispstatus.model.report import UplinkReport
from ispstatus.queries.history import availability_30d
from ispstatus.web.shared.deps import deps
from ispstatus.web.shared.params import flag
from ispstatus.web.shared.sentences import sentence

bp = Blueprint("prtg", __name__)

MOST_CHANNELS = 50
UNKNOWN_VALUE = 3
LOOKUP = "ispstatus.uplink.state"


@bp.get("/api/prtg")
def get_prtg() -> ResponseReturnValue:
    """Give one state channel per uplink, or with ``name`` every channel of one."""
    name, reports = request.args.get("name"), deps().last_reports()
    if name is None:
        return jsonify(prtg=_overview(reports))
    for report in reports:
        if report.uplink.name == name:
            return jsonify(prtg=_sensor(report, uses_lookup=flag(request.args, "lookup")))
    raise NotFound(f"no uplink called {name!r}", known=tuple(r.uplink.name for r in reports))


def _overview(reports: tuple[UplinkReport, ...]) -> dict[str, Any]:
    shown = reports[:MOST_CHANNELS]
    return {
        "text": "; ".join(f"{r.uplink.name} {r.decision.state.name}" for r in shown)[:2000] or "no uplink found",
        "result": [_state_channel(f"{r.uplink.name} state", r, uses_lookup=False) for r in shown],
    }


def _sensor(report: UplinkReport, *, uses_lookup: bool) -> dict[str, Any]:
    quality = report.quality
    figures = (
        ("RTT", quality.latency_ms if quality else None, "ms"),
        ("Loss", quality.loss_pct if quality else None, "%"),
        ("Jitter", quality.jitter_ms if quality else None, "ms"),
        ("Availability 30 d", availability_30d(deps().reader, report.uplink, deps().clock.now()), "%"),
        ("Age", report.age_ms / 1000, "s"),
    )
    channels = [
        {"channel": name, "value": round(value, 3), "float": 1, "unit": "Custom", "customunit": unit}
        for name, value, unit in figures
        if value is not None
    ]
    state = _state_channel("State", report, uses_lookup=uses_lookup)
    return {"text": sentence(report, deps())[:2000], "result": [state, *channels]}


def _state_channel(name: str, report: UplinkReport, *, uses_lookup: bool) -> dict[str, Any]:
    code = report.decision.state.code
    channel: dict[str, Any] = {"channel": name, "value": UNKNOWN_VALUE if code is None else code, "showchart": 1}
    if uses_lookup:
        return channel | {"unit": "Custom", "valuelookup": LOOKUP}
    return channel | {
        "unit": "Custom",
        "limitmode": 1,
        "limitminerror": 0.5,
        "limitminwarning": 1.5,
        "limitmaxwarning": 2.5,
    }
