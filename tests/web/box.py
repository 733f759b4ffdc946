"""A box to ask over HTTP: a real database with days of invented history, verdicts made by the real ladder.

Uplink 1 "Liquid (BGP01)" is UP, 2 "MTN LTE" DEGRADED, 3 "=Backup, \"DSL\"" DOWN with a trace; "Old line" was removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from ispstatus.actions.demo import invent
from ispstatus.actions.uplinks import register_uplinks
from ispstatus.actions.verdicts import record_verdict, save_trace
from ispstatus.analytics.latest import Latest
from ispstatus.clock import Clock
from ispstatus.decide.cite import cite
from ispstatus.decide.ladder import decide
from ispstatus.model.agent import Accepted, AgentReport, Taken
from ispstatus.model.decision import Memory, Standing
from ispstatus.model.errors import NotFound
from ispstatus.model.evidence import Evidence
from ispstatus.model.quality import Quality
from ispstatus.model.radio import Position, RadioReading
from ispstatus.model.record import Outage
from ispstatus.model.report import EngineVitals, StatusReport, UplinkReport
from ispstatus.model.sample import Hop, HttpPhases, Trace
from ispstatus.model.settings import Settings, SiteSettings, WebSettings
from ispstatus.model.state import State
from ispstatus.model.uplink import Contract, Uplink
from ispstatus.queries.reader import Reader
from ispstatus.queries.uplinks import all_uplinks
from ispstatus.store.writer import Writer
from ispstatus.web.shared.deps import Deps
from tests.helpers.make import (
    FAILED,
    HTTPS,
    LIMITS,
    OK,
    PLAN,
    SILENT,
    a_memory,
    a_path,
    an_echo,
    an_uplink,
    echoes,
    evidence,
    figures,
    https,
    names,
)

NOW = datetime(2026, 3, 4, 10, 7, 23, tzinfo=UTC)
FIBRE, LTE, BACKUP, OLD = "Liquid (BGP01)", "MTN LTE", '=Backup, "DSL"', "Old line"
REMOTE_ID = 7
"""Of the agent that pushes."""
DOWN_SINCE = NOW - timedelta(minutes=7, seconds=11)

WISHED = (
    an_uplink(id=0, name=FIBRE, contract=Contract(isp="Liquid", circuit_id="ABC-123", sla_target_pct="99.9")),
    an_uplink(id=0, name=LTE, interface="wwan0", contract=Contract(isp="MTN", network_type="LTE")),
    an_uplink(id=0, name=BACKUP, interface="ppp0", contract=Contract(isp="@Telco", circuit_id="-7")),
)
LAN = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fe80::/10")))
SETTINGS = Settings(
    site=SiteSettings("Head office", timezone="Africa/Johannesburg"),
    web=WebSettings(listen=("127.0.0.1:0",), allow=LAN),
    unknown_as=None,
    gap_window_h=1,
    uplinks=WISHED,
    plan=PLAN,
    limits=LIMITS,
    maintenance=(),
    state_dir=Path("/nonexistent"),
    config_file=None,
)


@dataclass
class Hands:
    """Both clocks, moved by hand."""

    wall_s: float = field(default_factory=NOW.timestamp)
    boot_s: float = 1000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.wall_s, lambda: self.boot_s)


def fill(folder: Path, clock: Clock, days: int = 3) -> Path:
    """Make a state directory with ``days`` of history, an outage that lasts, and a removed uplink."""
    path = folder / "ispstatus.db"
    writer = Writer(path, clock)
    writer.start()
    try:
        writer.submit(lambda db: register_uplinks(db, [*WISHED, an_uplink(id=0, name=OLD)])).result()
        for write in invent(WISHED, days=days, seed=11, now=clock.now()):
            writer.submit(write).result()
        numbered = writer.submit(lambda db: register_uplinks(db, WISHED)).result()
        writer.submit(lambda db: _begin_outage(db, numbered[2])).result()
    finally:
        writer.stop()
    return path


def _begin_outage(db: object, uplink: Uplink) -> None:
    report = down(uplink)
    assert report.evidence is not None
    outage = Outage(
        uplink_id=uplink.id,
        reason=report.decision.reason,
        fault=report.decision.fault,
        first_bad_at=DOWN_SINCE,
        last_good_at=DOWN_SINCE - timedelta(seconds=1),
        last_bad_at=NOW - timedelta(seconds=4),
        first_good_at=None,
        explanation=report.decision.explanation,
        evidence=cite(report.evidence),
    )
    hops = (Hop(1, "203.0.113.1", 0.8), Hop(2, "198.51.100.7", 6.2), Hop(3, None, None), Hop(4, "192.0.2.1", 9.4))
    save_trace(db, uplink.id, Trace("192.0.2.1", reached=True, hops=hops, taken_ts=1772600000), outage_id=None)  # type: ignore[arg-type]
    number = record_verdict(
        db,  # type: ignore[arg-type]
        uplink_id=uplink.id,
        standing=Standing(report.decision, DOWN_SINCE, NOW),
        memory=Memory(),
        outage=outage,
    )
    failed = Trace("192.0.2.1", reached=False, hops=(hops[0], Hop(2, None, None)), taken_ts=int(NOW.timestamp()))
    save_trace(db, uplink.id, failed, outage_id=number)  # type: ignore[arg-type]


# ---------------------------------------------------------------- verdicts
def up(uplink: Uplink) -> UplinkReport:
    """Everything fine."""
    targets = (figures(latency_ms=12.4, jitter_ms=0.6), figures(PLAN.ping[1], latency_ms=13.1, jitter_ms=0.7))
    seen = _seen(uplink, https=_timed(https(OK, OK, OK)))
    return _report(seen, Quality(targets, 0.0, 12.4, 0.65), NOW - timedelta(hours=50))


def degraded(uplink: Uplink) -> UplinkReport:
    """Pings answer, web checks fail."""
    seen = _seen(
        uplink, https=https(FAILED, FAILED, SILENT), path=a_path(device="wwan0", gateway=None, source="100.64.7.2")
    )
    quality = Quality((figures(latency_ms=84.2, jitter_ms=17.3, lost=1),), 1.7, 84.2, 17.3)
    return _report(replace(seen, gateway=None), quality, NOW - timedelta(minutes=3))


def down(uplink: Uplink) -> UplinkReport:
    """Carrier there, nothing answers."""
    seen = _seen(
        uplink,
        gateway=an_echo("203.0.113.1", SILENT),
        pings=echoes(SILENT, SILENT, SILENT),
        https=https(SILENT, SILENT, SILENT),
        dns=names(SILENT, SILENT),
        path=a_path(device="ppp0"),
    )
    return _report(seen, None, DOWN_SINCE)


def unknown(uplink: Uplink) -> UplinkReport:
    """Before the first cycle, nothing stored."""
    seen = _seen(uplink, pings=(), https=(), dns=(), gateway=None)
    return replace(_report(seen, None, NOW), measured_at=None, evidence=None)


def _seen(uplink: Uplink, **changes: object) -> Evidence:
    moments = {"started_at": NOW - timedelta(seconds=6), "ended_at": NOW - timedelta(seconds=4)}
    return evidence(uplink=uplink, **{**moments, **changes})


def _timed(samples: tuple[object, ...]) -> tuple[object, ...]:
    phases = HttpPhases(None, 9.2, 21.4, 12.8, 31.9)
    return tuple(replace(sample, status=204, phases=phases, address="192.0.2.80") for sample in samples)  # type: ignore[type-var]


def _report(seen: Evidence, quality: Quality | None, since_at: datetime) -> UplinkReport:
    memory = a_memory(http_networks=dict.fromkeys([t.network for t in HTTPS], NOW))
    decision, _ = decide(seen, quality, memory)
    return UplinkReport(
        uplink=seen.uplink,
        decision=decision,
        since_at=since_at,
        measured_at=seen.ended_at,
        is_live=False,
        age_ms=4000,
        evidence=seen,
        quality=quality,
    )


# ---------------------------------------------------------------- the box
VITALS = EngineVitals(
    started_at=NOW - timedelta(days=9),
    beats={"netlink": 0.2, "engine": 0.01, "coordinator": 0.1, "writer": 0.4, "calendar": 12.0, "web": 0.3},
    echo_mode="raw",
    permission_problems=(),
    last_clock_step_at=None,
    last_clock_step_s=0.0,
    clock_is_synchronised=True,
    writing=True,
    writer_problem=None,
    writer_backlog=0,
    late_cycles_last_hour=0,
    links={FIBRE: "up", LTE: "up", BACKUP: "up"},
)


@dataclass
class Box:
    """What ``app`` would hand to the web, held still; change a field and ask again."""

    path: Path
    hands: Hands = field(default_factory=Hands)
    settings: Settings = SETTINGS
    vitals: EngineVitals = VITALS
    reports: tuple[UplinkReport, ...] = ()
    latest: Mapping[int, Latest] = field(default_factory=dict)
    radio: Mapping[int, RadioReading] = field(default_factory=dict)
    position: Position | None = None
    pushed: list[tuple[str, AgentReport]] = field(default_factory=list)
    devices: Mapping[str, str] = field(default_factory=lambda: {"eth1": FIBRE, "wwan0": LTE, "ppp0": BACKUP})
    routes: Mapping[str, str] = field(default_factory=dict)
    """Peer to device; others are reached through the LAN."""
    has_lan: bool = True
    on_link: Sequence[str] = ()
    is_demo: bool = False
    asked: list[tuple[str | None, bool]] = field(default_factory=list)
    """What ``/api/status`` asked the coordinator."""
    used: list[tuple[int, date]] = field(default_factory=list)
    """Keys that were shown."""

    def __post_init__(self) -> None:
        self.settings = replace(self.settings, state_dir=self.path.parent)
        self.reader = Reader(self.path)
        if not self.reports and self.path.exists():
            present = [uplink for uplink in all_uplinks(self.reader) if not uplink.is_removed]
            self.reports = tuple(make(uplink) for make, uplink in zip((up, degraded, down), present, strict=False))

    def ask(self, name: str | None, is_cached: bool) -> StatusReport:
        self.asked.append((name, is_cached))
        known = tuple(report.uplink.name for report in self.reports)
        if name is not None and name not in known:
            raise NotFound(f"no uplink called {name!r}", known=known)
        chosen = [report for report in self.reports if name in (None, report.uplink.name)]
        live = tuple(replace(report, is_live=not is_cached) for report in chosen)
        return StatusReport(live, is_persisted=True, generated_at=self.hands.clock().now())

    def ingest(self, agent: str, report: AgentReport) -> tuple[int, Accepted]:
        self.pushed.append((agent, report))
        taken = (Taken(len(rows)) for rows in (report.samples, report.readings, report.fixes))
        return REMOTE_ID, Accepted(*taken)

    def deps(self) -> Deps:
        return Deps(
            ask_status=self.ask,
            last_reports=lambda: self.reports,
            vitals=lambda: self.vitals,
            reader=self.reader,
            settings=self.settings,
            clock=self.hands.clock(),
            route_device=lambda peer, _local: self.routes.get(peer, "eth0"),
            uplink_devices=lambda: self.devices,
            has_lan=lambda: self.has_lan,
            is_on_link=lambda peer: peer in self.on_link,
            recent=lambda agent_id: self.latest.get(agent_id, Latest(self.hands.boot_s, self.hands.wall_s)),
            radio=self.radio.get,
            position=lambda: self.position,
            ingest=self.ingest,
            hostname="gateway.example",
            key_was_used=lambda key_id, day: self.used.append((key_id, day)),
            is_demo=self.is_demo,
        )


def judged(reports: Sequence[UplinkReport]) -> list[State]:
    """Return the states of reports: what the builders above promise."""
    return [report.decision.state for report in reports]
