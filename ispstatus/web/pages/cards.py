"""What the overview shows of each uplink, as plain values for the template."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import urlencode

from ispstatus.analytics.months import month_before, month_of
from ispstatus.model.errors import StorageError
from ispstatus.model.record import Outage
from ispstatus.model.report import UplinkReport
from ispstatus.model.window import Window
from ispstatus.queries.history import availability_30d, summary_of
from ispstatus.queries.outages import baseline_trace, outages
from ispstatus.web.pages.checks import Check, HopRow, checks_of, hops_of
from ispstatus.web.pages.strip import Strip, strip_of
from ispstatus.web.pages.words import age_text, date_time, figure, percent
from ispstatus.web.shared.deps import Deps
from ispstatus.web.shared.figures import present_quality
from ispstatus.web.shared.health import MAX_AGE_S
from ispstatus.web.shared.sentences import sentence

OUTAGES = 10
_OUTAGES_WITHIN = timedelta(days=400)
_ROUGH_S = 2.0


@dataclass(frozen=True, slots=True)
class Number:
    """One of the three figures everybody asks for."""

    name: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Download:
    """A CSV of this uplink."""

    words: str
    path: str


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One outage."""

    began: str
    began_utc: str
    lasted: str
    cause: str
    fault: str


@dataclass(frozen=True, slots=True)
class Past:
    """What the record says of an uplink; empty while it cannot be read."""

    strip: Strip | None = None
    day: str = percent(None)
    month: str = percent(None)
    outages: tuple[OutageRow, ...] = ()
    hops: tuple[HopRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One uplink."""

    id: int
    name: str
    css: str
    word: str
    who: str
    since: str
    sentence: str
    next_check: str
    stale: str
    """How old the verdict is when it is too old, else ""."""
    numbers: tuple[Number, ...]
    checks: tuple[Check, ...]
    checked: str
    downloads: tuple[Download, ...]
    query: str
    """``name=...``, URL-encoded."""
    past: Past = field(default_factory=Past)


def cards(known: Deps, reports: Sequence[UplinkReport]) -> list[Card]:
    """Return a card per uplink, in configuration order."""
    return [_card(known, report) for report in reports]


def _card(known: Deps, report: UplinkReport) -> Card:
    state, uplink, quality = report.decision.state, report.uplink, present_quality(report)
    age_s = report.age_ms / 1000
    since, _, explanation = sentence(report, known).removeprefix(f"{state.name} ").partition(": ")
    return Card(
        id=uplink.id,
        name=uplink.name,
        css=state.name.lower(),
        word=state.name,
        who=_who(report),
        since=since,
        sentence=_capital(explanation) or "No evidence yet.",
        next_check=_capital(report.decision.next_check) if report.decision.next_check != "nothing to do" else "",
        stale=age_text(age_s) if age_s > MAX_AGE_S else "",
        numbers=(
            _number("Round trip", quality.latency_ms if quality else None, "ms"),
            _number("Loss", quality.loss_pct if quality else None, "%"),
            _number("Jitter", quality.jitter_ms if quality else None, "ms"),
        ),
        checks=checks_of(report.evidence),
        checked="" if report.measured_at is None else date_time(report.measured_at, known.zone),
        downloads=_downloads(known, uplink.name),
        query=urlencode({"name": uplink.name}),
        past=_past(known, report),
    )


def _number(name: str, value: float | None, unit: str) -> Number:
    return Number(name, figure(value), "" if value is None else unit)


def _past(known: Deps, report: UplinkReport) -> Past:
    now, uplink = known.now(), report.uplink
    with suppress(StorageError):
        window = Window(now - _OUTAGES_WITHIN, now + timedelta(seconds=1))
        last = tuple(islice(outages(known.reader, uplink.id, window), OUTAGES))
        return Past(
            strip=strip_of(known.reader, uplink.id, now, known.zone),
            day=percent(summary_of(known.reader, uplink, "24h", now).availability_pct),
            month=percent(availability_30d(known.reader, uplink, now)),
            outages=tuple(_outage(outage, now, known) for outage in last),
            hops=hops_of(last, baseline_trace(known.reader, uplink.id)),
        )
    return Past()


def _outage(outage: Outage, now: datetime, known: Deps) -> OutageRow:
    end_at = outage.first_good_at or now
    lasted = age_text((end_at - outage.first_bad_at).total_seconds())
    shortest_s = (outage.last_bad_at - outage.first_bad_at).total_seconds()
    if outage.is_ongoing:
        lasted = f"{lasted} so far"
    elif (end_at - outage.first_bad_at).total_seconds() - shortest_s > _ROUGH_S:
        lasted = f"{lasted} (at least {age_text(shortest_s)})"
    return OutageRow(
        began=date_time(outage.first_bad_at, known.zone),
        began_utc=outage.first_bad_at.isoformat(timespec="seconds"),
        lasted=lasted,
        cause=outage.explanation or outage.reason.value.replace("_", " "),
        fault=outage.fault.value,
    )


def _who(report: UplinkReport) -> str:
    contract, path = report.uplink.contract, report.evidence.path if report.evidence else None
    source = path.source if path else report.uplink.source
    circuit = f"circuit {contract.circuit_id}" if contract.circuit_id else None
    return " · ".join(filter(None, (contract.isp, circuit, contract.network_type, report.uplink.interface, source)))


def _downloads(known: Deps, name: str) -> tuple[Download, ...]:
    now, zone = known.now(), known.zone
    last, present = month_before(now, zone), month_of(now, zone)
    wanted = (
        (f"SLA report {last}", "sla", {"month": last}),
        (f"SLA {present} so far", "sla", {"month": present}),
        ("Outages, 90 days", "outages", {"range": "90d"}),
        ("History, 30 days", "history", {"range": "30d"}),
    )
    return tuple(
        Download(words, f"/api/{kind}.csv?{urlencode({'name': name, **query, 'excel': '1'})}")
        for words, kind, query in wanted
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
