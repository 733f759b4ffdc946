"""What probing costs each uplink in the site's calendar month, and what a metered one may still spend."""

from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from ispstatus.analytics.months import month_of, month_window
from ispstatus.clock import Clock
from ispstatus.decide.cadence import MB, Allowance, Metering, Purse, meter
from ispstatus.decide.gateway import is_asked
from ispstatus.jobs.live import LiveUplink
from ispstatus.model.net import Path
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window

REVIEW_S = 3600.0
"""How long a plan for the rest of the month is kept: often enough to follow what events and clients cost."""

SpentIn = Callable[[str], Mapping[int, int]]
"""Reads what each uplink is known to have spent in a month ("YYYY-MM")."""
_Premises = tuple[Uplink, Path, int]


class Ledger:
    """Owned by the coordinator."""

    def __init__(self, clock: Clock, zone: ZoneInfo, spent_in: SpentIn) -> None:
        self._clock = clock
        self._zone = zone
        self._spent_in = spent_in
        self._month = ""
        self._window: Window | None = None
        self._stored: dict[int, int] = {}
        self._plans: dict[int, tuple[float, _Premises, Metering]] = {}

    def move(self, zone: ZoneInfo) -> None:
        """Count months in another time zone from now on."""
        self._zone = zone

    def spent_bytes(self, live: LiveUplink) -> int:
        """Return what the uplink has spent this month."""
        self._follow_month()
        return self._stored.get(live.uplink.id, 0) + live.stream.tally.total_bytes - live.booked_bytes

    def book(self, roster: Iterable[LiveUplink]) -> tuple[str, dict[int, int]]:
        """Return the month and what each uplink has spent since the last call; it counts as stored from now on."""
        self._follow_month()
        spent = {}
        for live in roster:
            uplink_id, total = live.uplink.id, live.stream.tally.total_bytes
            if since := total - live.booked_bytes:
                spent[uplink_id], live.booked_bytes = since, total
                self._stored[uplink_id] = self._stored.get(uplink_id, 0) + since
        return self._month, spent

    def review(self, live: LiveUplink, path: Path, resolvers: int) -> None:
        """Tell the uplink what it may spend now; nothing is kept back on an unmetered one."""
        if not live.is_metered:
            live.allowance = None
            return
        spent_bytes = self.spent_bytes(live)
        assert self._window is not None  # noqa: S101  the month is known once its spending was read
        left_s = (self._window.end_at - self._clock.now()).total_seconds()
        month_s = (self._window.end_at - self._window.start_at).total_seconds()
        purse = Purse(live.uplink.budget_mb_month * MB, spent_bytes, left_s, month_s)
        live.allowance = Allowance(self._plan(live.uplink, path, resolvers, purse), purse)

    def _plan(self, uplink: Uplink, path: Path, resolvers: int, purse: Purse) -> Metering:
        now, premises = self._clock.boot(), (uplink, path, resolvers)
        kept = self._plans.get(uplink.id)
        if kept is not None and kept[1] == premises and now - kept[0] < REVIEW_S:
            return kept[2]
        has_gateway = is_asked(uplink, path)
        metering = meter(uplink, path.family, resolvers=resolvers, has_gateway=has_gateway, purse=purse)
        self._plans[uplink.id] = (now, premises, metering)
        return metering

    def _follow_month(self) -> None:
        month = month_of(self._clock.now(), self._zone)
        if month != self._month:
            self._month, self._window = month, month_window(month, self._zone)
            self._stored = dict(self._spent_in(month))
            self._plans.clear()
