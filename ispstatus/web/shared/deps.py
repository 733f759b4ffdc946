"""What a view may ask for. Built by ``app``, hung on the Flask app, never looked up elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app

from ispstatus.analytics.latest import Latest
from ispstatus.clock import Clock
from ispstatus.model.agent import Accepted, AgentReport
from ispstatus.model.radio import Position, RadioReading
from ispstatus.model.report import EngineVitals, StatusReport, UplinkReport
from ispstatus.model.settings import Settings
from ispstatus.queries.reader import Reader

CONTRACT = "1.1.0"
"""Version of the isp-status contract that is served."""
_KEY = "ispstatus"


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything HTTP needs of the rest of the house."""

    ask_status: Callable[[str | None, bool], StatusReport]
    """Verdicts of one uplink or all, live unless the second argument (cached); NotFound for a name nobody has."""
    last_reports: Callable[[], tuple[UplinkReport, ...]]
    """Every uplink's last verdict at once, in configuration order; never probes."""
    vitals: Callable[[], EngineVitals]
    reader: Reader
    settings: Settings
    clock: Clock
    route_device: Callable[[str, str | None], str | None]
    """The device by which the kernel would answer a peer from an address of ours; None without a route."""
    uplink_devices: Callable[[], Mapping[str, str]]
    """Device to uplink name."""
    has_lan: Callable[[], bool]
    """Whether there is an addressed interface for people: neither an uplink nor loopback, containers or a VPN."""
    is_on_link: Callable[[str], bool]
    """Whether a peer's address lies in the network of an address of this box."""
    recent: Callable[[int], Latest]
    """What an uplink measured in the last ten minutes, by its number; empty for one nobody has heard of."""
    radio: Callable[[int], RadioReading | None]
    """What an uplink's modem said within the last seconds; None without one."""
    position: Callable[[], Position | None]
    """Where this box is; None when nobody knows."""
    ingest: Callable[[str, AgentReport], tuple[int, Accepted]]
    """Store what the remote agent of a name reports; tells its number, and how much was taken."""
    hostname: str
    key_was_used: Callable[[int, date], None]
    """Remember that a key, by its number, was shown on a UTC day; never waits."""
    is_demo: bool = False
    """The database holds invented data: every answer says so."""

    def now(self) -> datetime:
        """Return the wall time, UTC."""
        return self.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.settings.site.timezone)


def hang(app_extensions: dict[str, object], deps: Deps) -> None:
    """Make ``deps()`` return these in every request of an app."""
    app_extensions[_KEY] = deps


def deps() -> Deps:
    """Return what the app of the present request was built with."""
    found: Deps = current_app.extensions[_KEY]
    return found
