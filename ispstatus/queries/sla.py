"""What each uplink really delivered in a period, from stored seconds alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ispstatus.analytics.sla import SecondSums, SlaReport, Traffic, elapsed, report_of
from ispstatus.model.state import Fault
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window
from ispstatus.queries.reader import Reader
from ispstatus.store import minutes, outages, uplinks

_DAY = 86_400


@dataclass(slots=True)
class _Sums:
    up_s: int = 0
    degraded_s: int = 0
    excluded_s: int = 0
    sent: int = 0
    received: int = 0
    down_s: dict[Fault, int] = field(default_factory=dict)


def sla(reader: Reader, uplink: Uplink, window: Window, *, site: str, zone: ZoneInfo, now_at: datetime) -> SlaReport:
    """Return one uplink's report of a period; see ``sla_reports``."""
    return sla_reports(reader, [uplink], window, site=site, zone=zone, now_at=now_at)[0]


def sla_reports(
    reader: Reader, of: Sequence[Uplink], window: Window, *, site: str, zone: ZoneInfo, now_at: datetime
) -> tuple[SlaReport, ...]:
    """Return the reports of a period in the order of ``of``, in whole minutes.

    A period that is not over ends with the last whole minute; an uplink younger than it starts with its first minute.
    Minutes are kept 400 days: what is older counts as unknown.
    """
    known_since = uplinks.first_minutes(reader.db())
    within, _ = elapsed(window, now_at=now_at)
    sums = _sums(reader, _whole_minutes(within))
    reports = []
    for uplink in of:
        first_ts = known_since.get(uplink.id)
        since_at = None if first_ts is None else datetime.fromtimestamp(first_ts, UTC)
        cut, is_partial = elapsed(window, now_at=now_at, known_since_at=since_at)
        cut = _whole_minutes(cut)
        of_uplink = sums.get(uplink.id, _Sums())
        reports.append(
            report_of(
                site=site,
                uplink=uplink.name,
                contract=uplink.contract,
                window=cut,
                zone=zone,
                sums=SecondSums(of_uplink.up_s, of_uplink.degraded_s, of_uplink.down_s, of_uplink.excluded_s),
                outages=outages.edges(reader.db(), uplink.id, cut.start_ts * 1_000_000, cut.end_ts * 1_000_000),
                traffic=Traffic(of_uplink.sent, of_uplink.received),
                partial=is_partial,
            )
        )
    return tuple(reports)


def _sums(reader: Reader, window: Window) -> dict[int, _Sums]:
    """Add up the seconds of every uplink, a day at a time."""
    total: dict[int, _Sums] = {}
    for start_ts in range(window.start_ts, window.end_ts, _DAY):
        end_ts = min(start_ts + _DAY, window.end_ts)
        for part in minutes.second_sums(reader.db(), start_ts, end_ts):
            sums = total.setdefault(part.uplink_id, _Sums())
            sums.up_s += part.up_s
            sums.degraded_s += part.degraded_s
            sums.excluded_s += part.excluded_s
            sums.down_s[part.fault] = sums.down_s.get(part.fault, 0) + part.down_s
            if part.is_usable:
                sums.sent += part.sent
                sums.received += part.received
    return total


def _whole_minutes(window: Window) -> Window:
    start_ts = -(-window.start_ts // minutes.MINUTE) * minutes.MINUTE
    end_ts = max(start_ts, window.end_ts // minutes.MINUTE * minutes.MINUTE)
    return Window(datetime.fromtimestamp(start_ts, UTC), datetime.fromtimestamp(end_ts, UTC))
