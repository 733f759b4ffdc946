"""Evidence as JSON-ready values: the wire shape of the isp-status contract, kept with every transition."""

from datetime import UTC, datetime
from typing import Any

from ispstatus.decide.gateway import is_asked
from ispstatus.decide.votes import vouched_https
from ispstatus.model.evidence import Evidence
from ispstatus.model.sample import DnsSample, EchoSample, HttpPhases, HttpSample, Outcome


def cite(evidence: Evidence) -> dict[str, Any]:
    """Return what a verdict rests on.

    ``ok`` is true, false, or null for what could not be measured. ``ping``, ``http``, ``dns`` and ``other_family`` are
    always lists; ``gw_ping`` is null when the gateway is not asked: none there, or address translation behind it.
    """
    return {
        "trigger": evidence.trigger.value,
        "started_utc": _utc(evidence.started_at),
        "ended_utc": _utc(evidence.ended_at),
        "iface": evidence.path.device,
        "iface_state": evidence.path.link.value,
        "gw_ping": _gateway(evidence),
        "ping": [_echo(sample) for sample in evidence.pings],
        "http": [_http(sample) for sample in vouched_https(evidence)],
        "dns": [_dns(sample) for sample in evidence.dns],
        "other_family": [_echo(sample) for sample in evidence.other_family],
        "path": _path(evidence),
        "first_bad_utc": _utc(evidence.first_bad_at),
        "first_good_utc": _utc(evidence.first_good_at),
        "late": evidence.was_late,
        "clock_synchronised": evidence.clock_is_synchronised,
        "budget_spent": evidence.budget_is_spent,
    }


def _gateway(evidence: Evidence) -> dict[str, Any] | None:
    if evidence.gateway is None or not is_asked(evidence.uplink, evidence.path):
        return None
    return {**_echo(evidence.gateway), "neighbour": evidence.gateway_neighbour}


def _echo(sample: EchoSample) -> dict[str, Any]:
    lost = sample.sent - sample.received
    is_countable = sample.outcome.is_measured and sample.sent > 0
    return {
        "target": sample.target,
        "network": sample.network,
        "ok": _ok(sample.outcome),
        "outcome": sample.outcome.value,
        "rtt_ms": _ms(sample.rtt_ms),
        "sent": sample.sent,
        "received": sample.received,
        "loss_pct": round(100 * lost / sample.sent, 1) if is_countable else None,
        "error": sample.error,
    }


def _http(sample: HttpSample) -> dict[str, Any]:
    return {
        "url": sample.url,
        "network": sample.network,
        "ok": _ok(sample.outcome),
        "outcome": sample.outcome.value,
        "status": sample.status,
        "ms": _ms(sample.phases.total_ms),
        "phases": _phases(sample.phases),
        "address": sample.address,
        "age_s": round(sample.age_s, 1),
        "error": sample.error,
    }


def _phases(phases: HttpPhases) -> dict[str, float | None]:
    return {
        "dns_ms": _ms(phases.dns_ms),
        "connect_ms": _ms(phases.connect_ms),
        "tls_ms": _ms(phases.tls_ms),
        "first_byte_ms": _ms(phases.first_byte_ms),
    }


def _dns(sample: DnsSample) -> dict[str, Any]:
    return {
        "resolver": sample.resolver,
        "name": sample.name,
        "provider": sample.is_provider,
        "ok": _ok(sample.outcome),
        "outcome": sample.outcome.value,
        "addresses": list(sample.addresses),
        "ms": _ms(sample.ms),
        "error": sample.error,
    }


def _path(evidence: Evidence) -> dict[str, Any]:
    path, proof = evidence.path, evidence.proof
    return {
        "family": path.family,
        "source": path.source,
        "gateway": path.gateway,
        "table": path.table,
        "mark": path.mark,
        "proven": proof is not None and proof.is_proven,
        "problems": list(proof.problems) if proof is not None else [],
        "routes": dict(proof.routes) if proof is not None else {},
    }


def _ok(outcome: Outcome) -> bool | None:
    return outcome is Outcome.OK if outcome.is_measured else None


def _ms(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 3)


def _utc(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
