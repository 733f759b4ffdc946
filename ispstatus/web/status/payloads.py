"""The JSON shapes of the isp-status family."""

from datetime import datetime
from typing import Any

from ispstatus.decide.cite import cite
from ispstatus.model.quality import Quality
from ispstatus.model.record import Outage
from ispstatus.model.report import StatusReport, UplinkReport
from ispstatus.model.state import State
from ispstatus.model.uplink import Uplink
from ispstatus.web.shared.deps import Deps
from ispstatus.web.shared.sentences import sentence

CONTRACT = "1.1.0"


def utc(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 with milliseconds and Z."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def status_payload(report: StatusReport, deps: Deps, unknown_as: int | None) -> dict[str, Any]:
    """Return the body of ``/api/status``."""
    return {
        "contract": CONTRACT,
        "generated_utc": utc(report.generated_at),
        "site": deps.settings.site.name,
        "hostname": deps.hostname,
        "persisted": report.is_persisted,
        "uplinks": [uplink_payload(uplink, deps, unknown_as) for uplink in report.uplinks],
    }


def uplink_payload(report: UplinkReport, deps: Deps, unknown_as: int | None) -> dict[str, Any]:
    """Return one uplink of ``/api/status``."""
    decision, uplink = report.decision, report.uplink
    is_unknown = decision.state is State.UNKNOWN
    return {
        "name": uplink.name,
        "agent_id": str(uplink.id),
        "state": unknown_as if is_unknown else decision.state.code,
        "state_label": decision.state.name,
        "state_reason": decision.reason,
        "state_text": sentence(report, deps),
        "since_utc": utc(report.since_at),
        "fault": decision.fault,
        "notes": list(decision.notes),
        "next_check": decision.next_check,
        "isp": uplink.contract.isp,
        "circuit_id": uplink.contract.circuit_id,
        **(cite(report.evidence) if report.evidence is not None else _no_evidence(uplink.interface)),
        "quality": quality_payload(report.quality),
        "measured_utc": utc(report.measured_at),
        "live": report.is_live,
        "age_ms": report.age_ms,
    }


def _no_evidence(interface: str) -> dict[str, Any]:
    return {
        "iface": interface,
        "iface_state": None,
        "gw_ping": None,
        "ping": [],
        "http": [],
        "dns": [],
        "other_family": [],
        "path": None,
    }


def quality_payload(quality: Quality | None) -> dict[str, Any] | None:
    """Return the stream's figures, the uplink's and each target's."""
    if quality is None:
        return None
    return {
        "loss_pct": quality.loss_pct,
        "latency_ms": quality.latency_ms,
        "jitter_ms": quality.jitter_ms,
        "loaded": quality.is_loaded,
        "targets": [
            {
                "target": figures.target,
                "network": figures.network,
                "sent": figures.sent,
                "lost": figures.lost,
                "latency_ms": figures.latency_ms,
                "jitter_ms": figures.jitter_ms,
                "p99_ms": figures.p99_ms,
                "muted": figures.is_muted,
            }
            for figures in quality.targets
        ],
    }


def listed_payload(uplink: Uplink, since_at: datetime | None) -> dict[str, Any]:
    """Return one row of ``/api/uplinks``."""
    return {
        "name": uplink.name,
        "agent_id": str(uplink.id),
        "iface": uplink.interface,
        "isp": uplink.contract.isp,
        "circuit_id": uplink.contract.circuit_id,
        "configured": uplink.is_configured,
        "removed": uplink.is_removed,
        "metered": uplink.is_metered,
        "since_utc": utc(since_at),
    }


def outage_payload(outage: Outage, name: str) -> dict[str, Any]:
    """Return one outage of ``/api/outages``: headline edges, and how much longer or shorter it may have been."""
    end_at = outage.first_good_at or outage.last_bad_at
    longest_from = outage.last_good_at or outage.first_bad_at
    return {
        "id": outage.id,
        "name": name,
        "started_utc": utc(outage.first_bad_at),
        "ended_utc": utc(outage.first_good_at),
        "ongoing": outage.is_ongoing,
        "duration_s": int((end_at - outage.first_bad_at).total_seconds()),
        "duration_min_s": max(0, int((outage.last_bad_at - outage.first_bad_at).total_seconds())),
        "duration_max_s": int((end_at - longest_from).total_seconds()),
        "last_good_utc": utc(outage.last_good_at),
        "first_bad_utc": utc(outage.first_bad_at),
        "last_bad_utc": utc(outage.last_bad_at),
        "first_good_utc": utc(outage.first_good_at),
        "unknown_s": outage.unknown_s,
        "reason": outage.reason,
        "fault": outage.fault,
        "explanation": outage.explanation,
        "carrier_down_utc": utc(outage.carrier_down_at),
        "evidence": outage.evidence,
        "trace": outage.trace,
        "baseline_trace": outage.baseline_trace,
    }
