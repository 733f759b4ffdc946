"""The columns of every CSV, and the rows under them. Columns are only ever added, at the end."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from ispstatus.analytics.sla import SLA_COLUMNS, SlaReport
from ispstatus.model.record import Bucket, Outage
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window
from ispstatus.queries.history import buckets_in
from ispstatus.queries.outages import outages
from ispstatus.queries.reader import Reader
from ispstatus.web.shared.csv import Cell
from ispstatus.web.status.payloads import durations

HISTORY_COLUMNS = (
    "bucket_start_utc",
    "uplink",
    "state",
    "up_minutes",
    "degraded_minutes",
    "down_minutes",
    "no_data_minutes",
    "sent",
    "received",
    "loss_pct",
    "rtt_avg_ms",
    "rtt_max_ms",
    "jitter_ms",
    "site",
    "isp",
    "bucket_start_local",
    "down_s",
    "unknown_s",
)
OUTAGE_COLUMNS = (
    "id",
    "site",
    "uplink",
    "isp",
    "circuit_id",
    "start_utc",
    "start_local",
    "end_utc",
    "end_local",
    "ongoing",
    "duration_s",
    "duration_min_s",
    "duration_max_s",
    "unknown_s",
    "reason",
    "fault",
    "explanation",
    "last_good_utc",
    "first_bad_utc",
    "last_bad_utc",
    "first_good_utc",
    "carrier_down_utc",
    "gateway_ok",
    "pings_ok",
    "pings_total",
    "http_ok",
    "http_total",
    "networks_ok",
    "networks_total",
    "dns_ok",
    "dns_total",
    "trace_last_hop",
)

__all__ = ["HISTORY_COLUMNS", "OUTAGE_COLUMNS", "SLA_COLUMNS", "history_rows", "outage_rows", "sla_rows"]

Row = list[Cell]


def history_rows(reader: Reader, uplinks: Iterable[Uplink], window: Window, site: str) -> Iterator[Row]:
    """Yield a row per bucket of each uplink, missing ones too, oldest first."""
    for uplink in uplinks:
        for bucket in buckets_in(reader, uplink.id, window, is_padded=True):
            yield _history_row(bucket, uplink, site)


def _history_row(bucket: Bucket, uplink: Uplink, site: str) -> Row:
    start_at = datetime.fromtimestamp(bucket.ts, UTC)
    return [
        start_at,
        uplink.name,
        bucket.state.code,
        bucket.up,
        bucket.degraded,
        bucket.down,
        bucket.no_data,
        bucket.sent,
        bucket.received,
        _ratio(100 * (bucket.sent - bucket.received), bucket.sent, 2),
        _ratio(bucket.rtt_sum_us / 1000, bucket.received, 3),
        None if bucket.rtt_max_us is None else round(bucket.rtt_max_us / 1000, 3),
        _ratio(bucket.jitter_sum_us / 1000, bucket.jitter_count, 3),
        site,
        uplink.contract.isp,
        start_at,
        bucket.down_s,
        bucket.unknown_s,
    ]


def outage_rows(reader: Reader, uplinks: Iterable[Uplink], window: Window, site: str, now: datetime) -> Iterator[Row]:
    """Yield a row per outage that touches ``window``, newest first; of one uplink, or of all if several are given."""
    by_id = {uplink.id: uplink for uplink in uplinks}
    only = next(iter(by_id)) if len(by_id) == 1 else None
    for outage in outages(reader, only, window):
        if outage.uplink_id in by_id:
            yield _outage_row(outage, by_id[outage.uplink_id], site, now)


def _outage_row(outage: Outage, uplink: Uplink, site: str, now: datetime) -> Row:
    shortest_s, headline_s, longest_s = durations(outage, now)
    return [
        outage.id,
        site,
        uplink.name,
        uplink.contract.isp,
        uplink.contract.circuit_id,
        outage.first_bad_at,
        outage.first_bad_at,
        outage.first_good_at,
        outage.first_good_at,
        outage.is_ongoing,
        headline_s,
        shortest_s,
        longest_s,
        outage.unknown_s,
        outage.reason.value,
        outage.fault.value,
        outage.explanation,
        outage.last_good_at,
        outage.first_bad_at,
        outage.last_bad_at,
        outage.first_good_at,
        outage.carrier_down_at,
        *_evidence_cells(outage.evidence or {}),
        _last_hop(outage.trace),
    ]


def _evidence_cells(evidence: dict[str, Any]) -> Row:
    gateway = evidence.get("gw_ping")
    checks = {kind: evidence.get(kind, []) for kind in ("ping", "http", "dns")}
    answered = {ping["network"] for ping in checks["ping"] if ping["ok"]}
    networks = {ping["network"] for ping in checks["ping"]}
    return [
        gateway["ok"] if gateway else None,
        *_counted(checks["ping"]),
        *_counted(checks["http"]),
        len(answered) if networks else None,
        len(networks) or None,
        *_counted(checks["dns"]),
    ]


def _counted(checks: list[dict[str, Any]]) -> Row:
    """Return how many are ok, of how many; empty cells when nothing was asked."""
    return [sum(check["ok"] is True for check in checks), len(checks)] if checks else [None, None]


def _last_hop(trace: dict[str, Any] | None) -> Cell:
    """Return the address that answered furthest out when it broke."""
    answered = [hop["address"] for hop in trace["hops"] if hop["address"]] if trace else []
    return answered[-1] if answered else None


def sla_rows(reports: Iterable[SlaReport]) -> Iterator[Row]:
    """Yield a row per report."""
    for report in reports:
        yield [_sla_cell(column, getattr(report, column)) for column in SLA_COLUMNS]


def _sla_cell(column: str, value: Cell) -> Cell:
    """Return a cell; periods as moments, so that spreadsheets get them their way."""
    is_moment = column.startswith("period_") and isinstance(value, str)
    return datetime.fromisoformat(str(value)) if is_moment else value


def _ratio(part: float, whole: int, digits: int) -> float | None:
    return round(part / whole, digits) if whole else None
