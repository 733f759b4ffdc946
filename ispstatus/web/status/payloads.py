"""The JSON shapes of the isp-status family; ``models`` describes them, tests hold the two together."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from ispstatus.analytics.sla import SlaReport
from ispstatus.decide.cite import cite
from ispstatus.model.quality import Quality
from ispstatus.model.record import Outage
from ispstatus.model.report import StatusReport, UplinkReport
from ispstatus.model.state import State
from ispstatus.model.uplink import Uplink
from ispstatus.web.shared.deps import CONTRACT, Deps
from ispstatus.web.shared.figures import present_quality
from ispstatus.web.shared.health import MAX_AGE_S, MAX_GAP_MINUTES, Health, HealthFacts
from ispstatus.web.shared.sentences import sentence
from ispstatus.web.shared.times import maybe_utc, utc, whole_utc


def status_payload(report: StatusReport, deps: Deps, unknown_as: int | None) -> dict[str, Any]:
    """Return the body of ``/api/status``."""
    return {
        "contract": CONTRACT,
        "generated_utc": utc(report.generated_at),
        "site": deps.settings.site.name,
        "hostname": deps.hostname,
        "persisted": report.is_persisted,
        "uplinks": [uplink_status(uplink, deps, unknown_as) for uplink in report.uplinks],
    }


def uplink_status(report: UplinkReport, deps: Deps, unknown_as: int | None) -> dict[str, Any]:
    """Return one uplink of ``/api/status``."""
    decision, uplink = report.decision, report.uplink
    return {
        "name": uplink.name,
        "agent_id": str(uplink.id),
        "state": unknown_as if decision.state is State.UNKNOWN else decision.state.code,
        "state_label": decision.state.name,
        "state_reason": decision.reason.value,
        "state_text": sentence(report, deps),
        "since_utc": utc(report.since_at),
        "fault": decision.fault.value,
        "notes": [note.value for note in decision.notes],
        "next_check": decision.next_check,
        "isp": uplink.contract.isp,
        "circuit_id": uplink.contract.circuit_id,
        "measured_utc": maybe_utc(report.measured_at),
        "live": report.is_live,
        "age_ms": report.age_ms,
        **(_NO_EVIDENCE | {"iface": uplink.interface} if report.evidence is None else cite(report.evidence)),
        "quality": quality_payload(present_quality(report)),
        "baseline": {"latency_ms": _ms(report.baseline.latency_ms), "jitter_ms": _ms(report.baseline.jitter_ms)},
    }


_NO_EVIDENCE: dict[str, Any] = {
    "trigger": None,
    "started_utc": None,
    "ended_utc": None,
    "iface": None,
    "iface_state": None,
    "gw_ping": None,
    "ping": [],
    "http": [],
    "dns": [],
    "other_family": [],
    "path": None,
    "first_bad_utc": None,
    "first_good_utc": None,
    "late": False,
    "clock_synchronised": None,
    "budget_spent": False,
}
"""What is told before this engine's first cycle of an uplink: the verdict is a stored one."""


def quality_payload(quality: Quality | None) -> dict[str, Any] | None:
    """Return the stream's figures, the uplink's and each target's."""
    if quality is None:
        return None
    return {
        "loss_pct": quality.loss_pct,
        "latency_ms": _ms(quality.latency_ms),
        "jitter_ms": _ms(quality.jitter_ms),
        "loaded": quality.is_loaded,
        "targets": [
            {
                "target": figures.target,
                "network": figures.network,
                "sent": figures.sent,
                "lost": figures.lost,
                "latency_ms": _ms(figures.latency_ms),
                "jitter_ms": _ms(figures.jitter_ms),
                "p99_ms": _ms(figures.p99_ms),
                "muted": figures.is_muted,
            }
            for figures in quality.targets
        ],
    }


def health_payload(health: Health, facts: HealthFacts) -> dict[str, Any]:
    """Return the body of ``/api/health``."""
    vitals, sqlite, machine = facts.vitals, facts.sqlite, facts.machine
    figures: dict[str, dict[str, Any]] = {
        "history_freshness": _freshness(facts),
        "sqlite": {
            "writing": vitals.writing,
            "problem": sqlite.problem or vitals.writer_problem,
            "backlog": vitals.writer_backlog,
            "schema": sqlite.schema,
            "db_bytes": sqlite.db_bytes,
            "wal_bytes": sqlite.wal_bytes,
            "quarantined": list(sqlite.quarantined),
        },
        "disk": {"free_bytes": sqlite.free_bytes, "total_bytes": machine.disk_total_bytes},
        "memory": {"available_bytes": machine.memory_available_bytes, "total_bytes": machine.memory_total_bytes},
        "permissions": {"echo": vitals.echo_mode, "problems": list(vitals.permission_problems)},
        "timer": {
            "beats_s": {name: round(beat_s, 1) for name, beat_s in vitals.beats.items()},
            "late_cycles_last_hour": vitals.late_cycles_last_hour,
        },
        "clock": {
            "synchronised": vitals.clock_is_synchronised,
            "last_step_utc": maybe_utc(vitals.last_clock_step_at),
            "last_step_s": round(vitals.last_clock_step_s, 1),
        },
        "requests": {"waiting": vitals.waiting_requests},
    }
    return {
        "ok": health.ok,
        "reasons": list(health.reasons),
        "warnings": list(health.warnings),
        "contract": CONTRACT,
        "generated_utc": utc(facts.now_at),
        **{name: {"ok": health.part(name).ok, **part} for name, part in figures.items()},
        "process": {
            "ok": True,
            "rss_mb": None if machine.rss_bytes is None else round(machine.rss_bytes / 1e6, 1),
            "threads": machine.threads,
            "open_files": machine.open_files,
            "started_utc": utc(vitals.started_at),
        },
        "links": {"ok": True, "uplinks": dict(vitals.links)},
    }


def _freshness(facts: HealthFacts) -> dict[str, Any]:
    found = facts.freshness
    newest = found.newest_judged_at if found else None
    age_s = found.age_s if found else None
    return {
        "last_minute_utc": None if newest is None else whole_utc(_minute_of(newest)),
        "age_seconds": None if age_s is None else int(age_s),
        "max_age_seconds": MAX_AGE_S,
        "largest_gap_minutes": found.gap_minutes if found else None,
        "largest_gap_start_utc": maybe_utc(found.gap_start_at) if found else None,
        "largest_gap_uplink": found.gap_uplink if found else None,
        "largest_gap_cause": found.gap_cause if found else None,
        "max_gap_minutes": MAX_GAP_MINUTES,
        "gap_window_h": facts.gap_window_h,
    }


def _minute_of(end_at: datetime) -> datetime:
    """Return the start of the minute whose last judged second ends at ``end_at``."""
    return (end_at - timedelta(seconds=1)).replace(second=0, microsecond=0)


def listed_uplink(uplink: Uplink, since_at: datetime | None) -> dict[str, Any]:
    """Return one row of ``/api/uplinks``."""
    contract = uplink.contract
    return {
        "name": uplink.name,
        "agent_id": str(uplink.id),
        "iface": uplink.interface,
        "source": uplink.source,
        "isp": contract.isp,
        "circuit_id": contract.circuit_id,
        "network_type": contract.network_type,
        "sla_target_pct": contract.sla_target_pct,
        "configured": uplink.is_configured,
        "metered": uplink.is_metered,
        "removed": uplink.is_removed,
        "history_since_utc": maybe_utc(since_at),
    }


def sla_payload(report: SlaReport) -> dict[str, Any]:
    """Return one report of ``/api/sla``: the columns of the CSV by name."""
    return asdict(report)


def outages_payload(
    range_: str, total: int, offset: int, outages: Iterable[Outage], names: dict[int, str], now: datetime
) -> Any:
    """Return the body of ``/api/outages``: the outages from place ``offset`` on."""
    listed = [outage_payload(outage, names.get(outage.uplink_id, ""), now) for outage in outages]
    return {"range": range_, "total": total, "truncated": offset + len(listed) < total, "outages": listed}


def outage_payload(outage: Outage, name: str, now: datetime) -> dict[str, Any]:
    """Return one outage: its four edges, and how much shorter or longer it may have been."""
    shortest_s, headline_s, longest_s = durations(outage, now)
    return {
        "id": outage.id,
        "name": name,
        "started_utc": utc(outage.first_bad_at),
        "ended_utc": maybe_utc(outage.first_good_at),
        "ongoing": outage.is_ongoing,
        "duration_s": headline_s,
        "duration_min_s": shortest_s,
        "duration_max_s": longest_s,
        "last_good_utc": maybe_utc(outage.last_good_at),
        "first_bad_utc": utc(outage.first_bad_at),
        "last_bad_utc": utc(outage.last_bad_at),
        "first_good_utc": maybe_utc(outage.first_good_at),
        "unknown_s": outage.unknown_s,
        "reason": outage.reason.value,
        "fault": outage.fault.value,
        "explanation": outage.explanation,
        "carrier_down_utc": maybe_utc(outage.carrier_down_at),
        "evidence": outage.evidence,
        "trace": outage.trace,
        "baseline_trace": outage.baseline_trace,
    }


def durations(outage: Outage, now: datetime) -> tuple[float, float, float]:
    """Return the shortest, headline and longest length in seconds; an outage that lasts, lasts until now."""
    end_at = outage.first_good_at or max(now, outage.last_bad_at)
    start_at = outage.last_good_at or outage.first_bad_at
    return (
        _seconds(outage.last_bad_at, outage.first_bad_at),
        _seconds(end_at, outage.first_bad_at),
        _seconds(end_at, start_at),
    )


def _seconds(end_at: datetime, start_at: datetime) -> float:
    return round(max(0.0, (end_at - start_at).total_seconds()), 3)


def _ms(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 3)
