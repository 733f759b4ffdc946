"""What a view may ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import current_app

from ispstatus.clock import Clock
from ispstatus.model.report import EngineVitals, StatusReport, UplinkReport
from ispstatus.model.settings import Settings
from ispstatus.queries.reader import Reader


@dataclass(frozen=True)
class Deps:
    """Handed to ``create_app`` by the composition root."""

    ask_status: Callable[[str | None, bool], StatusReport]
    """(name or None for all, cached): live verdicts unless cached; NotFound with the known names."""
    last_reports: Callable[[], tuple[UplinkReport, ...]]
    """The last verdicts; never probes."""
    vitals: Callable[[], EngineVitals]
    reader: Reader
    settings: Settings
    clock: Clock
    route_device: Callable[[str], str | None]
    """Name of the device the kernel would answer this peer by; None when it has no route."""
    uplink_devices: Callable[[], Mapping[str, str]]
    """Device to uplink name."""
    hostname: str
    is_demo: bool
    """The database holds invented history."""
    has_lan: Callable[[], bool]
    """Whether an addressed interface other than the uplinks' exists."""


def deps() -> Deps:
    """Return what this app was built with."""
    found: Deps = current_app.extensions["ispstatus"]
    return found
