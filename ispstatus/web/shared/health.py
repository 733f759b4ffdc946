"""Whether the engine itself can be trusted: /api/health, the page's banner, PRTG's and Prometheus' view of us.

It tells of the engine only: every uplink may be DOWN while ``ok`` is true.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from ispstatus.model.errors import StorageError
from ispstatus.model.record import EventKind
from ispstatus.model.report import EngineVitals
from ispstatus.model.window import Window
from ispstatus.queries.health import Freshness, SqliteHealth, engine_events, freshness_and_gap, sqlite_health
from ispstatus.web.shared.deps import Deps
from ispstatus.web.shared.machine import MachineFacts, look_at_machine

MAX_AGE_S = 120
MAX_GAP_MINUTES = 5
START_S = 150
"""A daemon that has just started may not have judged a whole minute yet."""
THREAD_LIMITS_S = {"netlink": 30.0, "engine": 10.0, "coordinator": 10.0, "writer": 60.0, "calendar": 900.0, "web": 30.0}
"""How long each thread may stand still; others have a minute."""
LEAST_DISK_BYTES = 32 * 1024 * 1024
LEAST_MEMORY_PCT = 4.0
MOST_LATE_CYCLES = 5
STEP_IS_NEWS_S = 600
DAMAGE_IS_NEWS = timedelta(hours=24)
MOST_WAITING = 3


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """Everything the judgement looks at."""

    now_at: datetime
    gap_window_h: int
    vitals: EngineVitals
    freshness: Freshness | None
    """None when the database cannot be read."""
    sqlite: SqliteHealth
    machine: MachineFacts
    damage: str | None = None
    """What happened to a damaged database within the last day, in words."""


@dataclass(frozen=True, slots=True)
class Subsystem:
    """One part of the engine; ``problems`` are sentences, empty when it is well."""

    name: str
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Health:
    """The judgement: ``ok`` only if every part is."""

    parts: tuple[Subsystem, ...]
    warnings: tuple[str, ...]
    """Worth knowing, but no reason for distrust."""

    @property
    def ok(self) -> bool:
        """Whether the figures can be trusted."""
        return all(part.ok for part in self.parts)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why not, as sentences."""
        return tuple(problem for part in self.parts for problem in part.problems)

    def part(self, name: str) -> Subsystem:
        """Return one part by name."""
        return next(part for part in self.parts if part.name == name)


def look(deps: Deps) -> HealthFacts:
    """Gather the facts now: a few small reads, no probe."""
    now = deps.now()
    sqlite = sqlite_health(deps.reader)
    freshness, damage = None, None
    with suppress(StorageError):
        freshness = freshness_and_gap(deps.reader, now, deps.settings.gap_window_h)
        damage = _latest_damage(deps, now) if sqlite.quarantined else None
    return HealthFacts(
        now_at=now,
        gap_window_h=deps.settings.gap_window_h,
        vitals=deps.vitals(),
        freshness=freshness,
        sqlite=sqlite,
        machine=look_at_machine(deps.settings.state_dir),
        damage=damage,
    )


def _latest_damage(deps: Deps, now: datetime) -> str | None:
    noted = engine_events(deps.reader, Window(now - DAMAGE_IS_NEWS, now + timedelta(minutes=1)))
    return next((event.detail for event in noted if event.kind is EventKind.DAMAGE), None)


def judge_health(facts: HealthFacts) -> Health:
    """Judge the engine: not ok at an age over 120 s, a gap of 5 minutes or more, or a part that does not work."""
    parts = (
        Subsystem("history_freshness", (*_age(facts), *_gap(facts))),
        Subsystem("sqlite", tuple(_sqlite(facts))),
        Subsystem("disk", tuple(_disk(facts))),
        Subsystem("memory", tuple(_memory(facts))),
        Subsystem("permissions", tuple(_permissions(facts))),
        Subsystem("timer", tuple(_timer(facts))),
        Subsystem("clock", tuple(_clock(facts))),
        Subsystem("requests", tuple(_requests(facts))),
    )
    return Health(parts, tuple(_warnings(facts)))


def standing_threads(vitals: EngineVitals) -> tuple[str, ...]:
    """Return the threads that have not turned for longer than they may."""
    return tuple(name for name, beat_s in vitals.beats.items() if beat_s > THREAD_LIMITS_S.get(name, 60.0))


def _age(facts: HealthFacts) -> Iterator[str]:
    freshness = facts.freshness
    if freshness is None:
        yield "the history cannot be read now"
        return
    is_new = (facts.now_at - facts.vitals.started_at).total_seconds() < START_S
    if freshness.age_s is None and not is_new:
        yield f"no second of the last {facts.gap_window_h} h has been judged"
    elif freshness.age_s is not None and freshness.age_s > MAX_AGE_S and not is_new:
        yield f"the newest judged second is {freshness.age_s:.0f} s old; {MAX_AGE_S} s are the most there should be"


def _gap(facts: HealthFacts) -> Iterator[str]:
    freshness = facts.freshness
    if freshness is None or freshness.gap_minutes < MAX_GAP_MINUTES or freshness.gap_start_at is None:
        return
    cause = freshness.gap_cause or "nothing was noted"
    yield (
        f"{freshness.gap_minutes} minutes in a row are missing for {freshness.gap_uplink} from"
        f" {freshness.gap_start_at:%Y-%m-%d %H:%M}Z (last {facts.gap_window_h} h); around it: {cause}"
    )


def _sqlite(facts: HealthFacts) -> Iterator[str]:
    if facts.sqlite.problem is not None:
        yield f"the database cannot be used well: {facts.sqlite.problem}"
    vitals = facts.vitals
    if vitals.writer_problem is not None and vitals.writer_problem != facts.sqlite.problem:
        yield f"storage: {vitals.writer_problem}"
    elif not vitals.writing and facts.sqlite.problem is None:
        yield f"nothing is written now; {vitals.writer_backlog} changes wait"
    if facts.damage is not None:
        yield f"within the last day a damaged database was set aside: {facts.damage}"


def _disk(facts: HealthFacts) -> Iterator[str]:
    free = facts.sqlite.free_bytes
    if free < LEAST_DISK_BYTES:
        yield f"the disk is almost full: {free // 1_000_000} MB of space are left for the history"


def _memory(facts: HealthFacts) -> Iterator[str]:
    pct = facts.machine.memory_available_pct
    if pct is not None and pct < LEAST_MEMORY_PCT:
        yield f"memory is short: {pct:.1f} % of the machine's is available"


def _permissions(facts: HealthFacts) -> Iterator[str]:
    yield from facts.vitals.permission_problems
    if facts.vitals.echo_mode == "unavailable" and not facts.vitals.permission_problems:
        yield "echo probes cannot be sent: neither CAP_NET_RAW nor ping sockets are allowed"


def _timer(facts: HealthFacts) -> Iterator[str]:
    vitals = facts.vitals
    for name in standing_threads(vitals):
        yield f"the {name} thread has not turned for {vitals.beats[name]:.0f} s"
    if vitals.late_cycles_last_hour > MOST_LATE_CYCLES:
        yield f"{vitals.late_cycles_last_hour} cycles were late in the last hour: this machine is too busy"


def _clock(facts: HealthFacts) -> Iterator[str]:
    stepped_at = facts.vitals.last_clock_step_at
    if stepped_at is None or abs(facts.now_at - stepped_at) > timedelta(seconds=STEP_IS_NEWS_S):
        return
    step_s = facts.vitals.last_clock_step_s
    way = "back" if step_s < 0 else "forward"
    when = f"{stepped_at:%Y-%m-%d %H:%M:%S}Z"
    yield f"the clock stepped {way} by {abs(step_s):.0f} s at {when}: times around it are doubtful"


def _requests(facts: HealthFacts) -> Iterator[str]:
    if facts.vitals.waiting_requests > MOST_WAITING:
        yield f"{facts.vitals.waiting_requests} requests wait for verdicts: somebody asks more often than contracted"


def _warnings(facts: HealthFacts) -> Iterator[str]:
    if facts.vitals.clock_is_synchronised is False:
        yield "no time service keeps the clock: times in reports are as good as the machine's own clock"
    if facts.sqlite.quarantined:
        names = ", ".join(facts.sqlite.quarantined)
        yield f"damaged database files were set aside and are kept for inspection: {names}"
    if facts.vitals.echo_mode == "ping socket":
        yield "echoes use ping sockets: without CAP_NET_RAW no traces are taken"
    yield from facts.vitals.far_end_problems
