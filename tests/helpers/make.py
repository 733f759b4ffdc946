"""Build model objects with only the interesting part spelled out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ispstatus.model.decision import Memory
from ispstatus.model.evidence import Evidence, Trigger
from ispstatus.model.net import LinkStatus, Path, PathProof
from ispstatus.model.quality import TargetQuality
from ispstatus.model.record import Minute, Outage, Run
from ispstatus.model.sample import DnsSample, EchoSample, HttpSample, Outcome
from ispstatus.model.state import Fault, Reason, State
from ispstatus.model.uplink import (
    Contract,
    HttpTarget,
    PingTarget,
    ProbePlan,
    QualityLimits,
    ResolveTarget,
    Threshold,
    Uplink,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOON_TS = int(NOON.timestamp())

PINGS = (PingTarget("192.0.2.1", "Alpha"), PingTarget("192.0.2.2", "Beta"), PingTarget("192.0.2.3", "Gamma"))
HTTPS = (
    HttpTarget("http://one.example/", "One", status=204),
    HttpTarget("http://two.example/", "Two", body="success"),
    HttpTarget("https://three.example/", "Three", status=204),
)
PLAN = ProbePlan(ping=PINGS, http=HTTPS, resolvers=None, resolve=(ResolveTarget("example.com"),))
LIMITS = QualityLimits(loss_pct=Threshold(5, 2))

OK, SILENT, FAILED = Outcome.OK, Outcome.SILENT, Outcome.FAILED
INTERCEPTED, UNMEASURED = Outcome.INTERCEPTED, Outcome.UNMEASURED


def an_uplink(**changes: Any) -> Uplink:
    """Return uplink 'fibre' on eth1, changed as asked."""
    given: dict[str, Any] = {
        "id": 1,
        "name": "fibre",
        "interface": "eth1",
        "plan": PLAN,
        "limits": LIMITS,
        "contract": Contract(isp="Liquid", circuit_id="ABC-123"),
    }
    return Uplink(**{**given, **changes})


def a_path(**changes: Any) -> Path:
    """Return a path that can be probed: public source, gateway, default route."""
    given: dict[str, Any] = {
        "uplink_id": 1,
        "family": 4,
        "device": "eth1",
        "link": LinkStatus.UP,
        "generation": 7,
        "ifindex": 3,
        "source": "203.0.113.2",
        "gateway": "203.0.113.1",
        "has_default": True,
    }
    return Path(**{**given, **changes})


def an_echo(target: PingTarget | str, outcome: Outcome = OK, **changes: Any) -> EchoSample:
    """Return what one target's echoes of a cycle came to."""
    address, network = (target.address, target.network) if isinstance(target, PingTarget) else (target, "")
    is_ok = outcome is OK
    given: dict[str, Any] = {
        "target": address,
        "network": network,
        "outcome": outcome,
        "sent": 1 if is_ok else 3,
        "received": 1 if is_ok else 0,
        "rtt_ms": 9.1 if is_ok else None,
    }
    return EchoSample(**{**given, **changes})


def echoes(*outcomes: Outcome | None) -> tuple[EchoSample, ...]:
    """Return one sample per planned echo target; None leaves a target out."""
    return tuple(an_echo(t, o) for t, o in zip(PINGS, outcomes, strict=False) if o is not None)


def https(*outcomes: Outcome | None) -> tuple[HttpSample, ...]:
    """Return one sample per planned web check; None leaves one out."""
    return tuple(HttpSample(t.url, t.network, o) for t, o in zip(HTTPS, outcomes, strict=False) if o is not None)


def names(*outcomes: Outcome, provider: Outcome | None = None) -> tuple[DnsSample, ...]:
    """Return one answer per public resolver, and the provider's if given."""
    public = [DnsSample(f"198.51.100.{n}", "example.com", outcome) for n, outcome in enumerate(outcomes, 1)]
    own = [] if provider is None else [DnsSample("203.0.113.53", "example.com", provider, is_provider=True)]
    return (*own, *public)


def evidence(**changes: Any) -> Evidence:
    """Return a cycle in which everything is fine, changed as asked. ``uplink`` may be a dict of changes."""
    given: dict[str, Any] = {
        "uplink": an_uplink(),
        "path": a_path(),
        "proof": PathProof(generation=7, is_proven=True),
        "trigger": Trigger.MINUTE,
        "started_at": NOON,
        "ended_at": NOON + timedelta(seconds=2),
        "gateway": an_echo("203.0.113.1"),
        "pings": echoes(OK, OK, OK),
        "https": https(OK, OK, OK),
        "dns": names(OK, OK, provider=OK),
    }
    return Evidence(**{**given, **changes})


def a_memory(**changes: Any) -> Memory:
    """Return the memory of an uplink that has worked for long, its gateway answering."""
    before = NOON - timedelta(minutes=1)
    given: dict[str, Any] = {
        "ping_networks": {t.network: before for t in PINGS},
        "http_networks": {t.network: before for t in HTTPS},
        "gateway_address": "203.0.113.1",
        "gateway_answers": 3,
        "gateway_seen_at": before,
        "proven_at": before,
        "first_up_at": NOON - timedelta(days=1),
    }
    return Memory(**{**given, **changes})


def figures(target: PingTarget = PINGS[0], **changes: Any) -> TargetQuality:
    """Return a healthy target's stream figures."""
    given: dict[str, Any] = {
        "target": target.address,
        "network": target.network,
        "sent": 60,
        "lost": 0,
        "recent_sent": 20,
        "recent_lost": 0,
        "latency_ms": 20.0,
        "jitter_ms": 1.0,
        "p99_ms": 25.0,
    }
    return TargetQuality(**{**given, **changes})


def a_minute(offset: int = 0, **changes: Any) -> Minute:
    """Return a healthy minute of uplink 1, ``offset`` minutes after noon."""
    given: dict[str, Any] = {
        "uplink_id": 1,
        "ts": NOON_TS + 60 * offset,
        "state": State.UP,
        "up_s": 60,
        "unknown_s": 0,
        "sent": 60,
        "received": 60,
        "rtt_sum_us": 60 * 20_000,
        "rtt_max_us": 25_000,
        "jitter_sum_us": 57 * 1000,
        "jitter_count": 57,
    }
    return Minute(**{**given, **changes})


def a_run(agent_id: int = 1, target: str = "192.0.2.1", minute: int = 0, **changes: Any) -> Run:
    """Return two answered echoes to one target, ``minute`` minutes after noon."""
    given: dict[str, Any] = {"offsets_ms": (0, 1000), "rtts_us": (9_000, 9_500)}
    return Run(agent_id, target, NOON_TS + 60 * minute, **{**given, **changes})


def an_outage(start_s: float, length_s: float | None, **changes: Any) -> Outage:
    """Return an outage that began ``start_s`` seconds after noon; one without a length lasts."""
    first_bad_at = NOON + timedelta(seconds=start_s)
    end_at = None if length_s is None else first_bad_at + timedelta(seconds=length_s)
    given: dict[str, Any] = {
        "uplink_id": 1,
        "reason": Reason.NO_EXTERNAL,
        "fault": Fault.PROVIDER,
        "first_bad_at": first_bad_at,
        "last_good_at": first_bad_at - timedelta(seconds=1),
        "last_bad_at": first_bad_at if end_at is None else end_at - timedelta(seconds=1),
        "first_good_at": end_at,
    }
    return Outage(**{**given, **changes})


def at(seconds: float) -> datetime:
    """Return the moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def networks(*known: str) -> dict[str, datetime]:
    """Return a memory of networks that answered before."""
    return dict.fromkeys(known, NOON - timedelta(minutes=1))


def values(outcomes: Iterable[Outcome]) -> str:
    """Return outcomes as a test id."""
    return " ".join(outcome.value for outcome in outcomes)
