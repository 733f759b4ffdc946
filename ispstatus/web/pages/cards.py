"""What the overview shows of each uplink, as plain values for the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ispstatus.analytics.months import month_before
from ispstatus.decide.cite import cite
from ispstatus.model.record import Bucket, Outage
from ispstatus.model.report import UplinkReport
from ispstatus.model.state import State
from ispstatus.model.window import Window
from ispstatus.queries.history import buckets_in
from ispstatus.queries.outages import outages
from ispstatus.web.shared.deps import Deps
from ispstatus.web.shared.sentences import sentence

CELLS = 288
CELL_S = 300
OUTAGES = 10
OUTAGE_DAYS = 400
STALE_S = 120
SHAPES = {State.UP: "●", State.DEGRADED: "▲", State.DOWN: "■", State.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Five minutes of the strip."""

    x: int
    css: str
    title: str


@dataclass(frozen=True, slots=True)
class Card:
    """One uplink."""

    report: UplinkReport
    shape: str
    css: str
    sentence: str
    evidence: dict[str, Any] | None
    numbers: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    outages: tuple[Outage, ...]
    query: str
    """The uplink's name, URL-encoded."""
    last_month: str
    is_stale: bool


def headline(reports: Sequence[UplinkReport]) -> str:
    """Return the page's first sentence."""
    if not reports:
        return "No uplink found: this box has no default route"
    up = sum(r.decision.state is State.UP for r in reports)
    parts = [f"{up} of {len(reports)} uplinks up"]
    for state, word in ((State.DEGRADED, "degraded"), (State.DOWN, "down"), (State.UNKNOWN, "unknown")):
        count = sum(r.decision.state is state for r in reports)
        parts += [f"{count} {word}"] if count else []
    return ", ".join(parts)


def cards(deps: Deps, reports: Sequence[UplinkReport]) -> list[Card]:
    """Return a card per uplink, in configuration order."""
    return [_card(deps, report) for report in reports]


def _card(deps: Deps, report: UplinkReport) -> Card:
    zone, now_at = ZoneInfo(deps.settings.site.timezone), deps.clock.now()
    quality = report.quality
    numbers = (
        ("round trip", _number(quality.latency_ms if quality else None, "ms")),
        ("loss", _number(quality.loss_pct if quality else None, "%")),
        ("jitter", _number(quality.jitter_ms if quality else None, "ms")),
    )
    return Card(
        report=report,
        shape=SHAPES[report.decision.state],
        css=report.decision.state.name.lower(),
        sentence=sentence(report, deps),
        evidence=cite(report.evidence) if report.evidence is not None else None,
        numbers=numbers,
        cells=_strip(deps, report.uplink.id, zone),
        outages=tuple(islice(outages(deps.reader, report.uplink.id, _since(now_at)), OUTAGES)),
        query=quote(report.uplink.name, safe=""),
        last_month=month_before(now_at, zone),
        is_stale=report.measured_at is None or now_at - report.measured_at > timedelta(seconds=STALE_S),
    )


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} {unit}"


def _strip(deps: Deps, uplink_id: int, zone: ZoneInfo) -> tuple[Cell, ...]:
    now_at = deps.clock.now()
    end_ts = int(now_at.timestamp()) // CELL_S * CELL_S
    start_ts = end_ts - CELLS * CELL_S
    start_at, end_at = (datetime.fromtimestamp(ts, UTC) for ts in (start_ts, end_ts))
    found = {bucket.ts: bucket for bucket in buckets_in(deps.reader, uplink_id, Window(start_at, end_at))}
    return tuple(_cell(n, start_ts + n * CELL_S, found, zone) for n in range(CELLS))


def _cell(number: int, ts: int, found: dict[int, Bucket], zone: ZoneInfo) -> Cell:
    bucket = found.get(ts)
    state = State.UNKNOWN if bucket is None else bucket.state
    word = "no data" if state is State.UNKNOWN else state.name
    return Cell(number, state.name.lower(), f"{datetime.fromtimestamp(ts, zone):%a %H:%M} {word}")


def _since(now_at: datetime) -> Window:
    return Window(now_at - timedelta(days=OUTAGE_DAYS), now_at)
