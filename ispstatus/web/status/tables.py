"""The columns of every CSV, and the rows under them."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ispstatus.analytics.sla import SlaReport
from ispstatus.model.record import Bucket, Outage
from ispstatus.model.uplink import Uplink
from ispstatus.queries.history import buckets_in, history_window
from ispstatus.web.shared.deps import Deps
from ispstatus.web.status.payloads import outage_payload

HISTORY_COLUMNS = [
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
]
OUTAGE_COLUMNS = [
    "id",
    "uplink",
    "started_utc",
    "ended_utc",
    "started_local",
    "ended_local",
    "ongoing",
    "duration_s",
    "duration_min_s",
    "duration_max_s",
    "last_good_utc",
    "first_bad_utc",
    "last_bad_utc",
    "first_good_utc",
    "carrier_down_utc",
    "unknown_s",
    "reason",
    "fault",
    "explanation",
    "site",
    "isp",
    "circuit_id",
]
SLA_COLUMNS = [field.name for field in fields(SlaReport)]


def history_rows(deps: Deps, uplink: Uplink, range_: str, zone: ZoneInfo) -> Iterator[Sequence[object]]:
    """Yield one row per bucket, missing ones too."""
    window = history_window(range_, deps.clock.now())
    for bucket in buckets_in(deps.reader, uplink.id, window, is_padded=True):
        yield _history_row(bucket, uplink, deps.settings.site.name, zone)


def _history_row(bucket: Bucket, uplink: Uplink, site: str, zone: ZoneInfo) -> Sequence[object]:
    start_at = datetime.fromtimestamp(bucket.ts, UTC)
    lost_pct = None if bucket.sent == 0 else round(100 * (bucket.sent - bucket.received) / bucket.sent, 2)
    return (
        start_at,
        uplink.name,
        bucket.state.code,
        bucket.up,
        bucket.degraded,
        bucket.down,
        bucket.no_data,
        bucket.sent,
        bucket.received,
        lost_pct,
        None if bucket.received == 0 else round(bucket.rtt_sum_us / bucket.received / 1000, 3),
        None if bucket.rtt_max_us is None else round(bucket.rtt_max_us / 1000, 3),
        None if bucket.jitter_count == 0 else round(bucket.jitter_sum_us / bucket.jitter_count / 1000, 3),
        site,
        uplink.contract.isp,
        start_at.astimezone(zone),
        bucket.down_s,
        bucket.unknown_s,
    )


def outage_row(outage: Outage, uplink: Uplink, site: str, zone: ZoneInfo) -> Sequence[object]:
    """Return one outage under ``OUTAGE_COLUMNS``."""
    told = outage_payload(outage, uplink.name) | {
        "uplink": uplink.name,
        "started_local": outage.first_bad_at.astimezone(zone),
        "ended_local": outage.first_good_at.astimezone(zone) if outage.first_good_at else None,
        "site": site,
        "isp": uplink.contract.isp,
        "circuit_id": uplink.contract.circuit_id,
        "reason": str(outage.reason),
        "fault": str(outage.fault),
    }
    return [told[column] for column in OUTAGE_COLUMNS]


def sla_row(report: SlaReport) -> Sequence[object]:
    """Return one report under ``SLA_COLUMNS``."""
    return [getattr(report, column) for column in SLA_COLUMNS]
