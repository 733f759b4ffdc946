"""What the configuration says, as validated values. Built by ``config``, handed down by ``app``."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from ispstatus.model.uplink import ProbePlan, QualityLimits, Reflector, Uplink

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """Who this box is."""

    name: str
    customer_id: str = "0"
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where and to whom we answer."""

    listen: tuple[str, ...]
    allow: tuple[Network, ...]
    allow_via_uplinks: tuple[str, ...] = ()
    downloads_allow: tuple[Network, ...] = ()
    """Empty: same as ``allow``."""
    trusted_proxies: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One planned piece of work: its seconds are excluded from the SLA of one uplink."""

    uplink: str
    start_at: datetime
    end_at: datetime
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReflectorServer:
    """What ``ispstatus reflector`` listens on, and whom it answers."""

    listen: str
    allow: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration."""

    site: SiteSettings
    web: WebSettings
    unknown_as: int | None
    """What ``/api/status`` prints for UNKNOWN: None, 0 or 1."""
    gap_window_h: int
    uplinks: tuple[Uplink, ...]
    """Configured uplinks with ``id=0`` (the store numbers them); empty means "detect"."""
    plan: ProbePlan
    """Probe defaults, used for detected uplinks."""
    limits: QualityLimits
    maintenance: tuple[Maintenance, ...]
    state_dir: Path
    config_file: Path | None
    reflector: Reflector | None = None
    """Of uplinks that name none of their own, detected ones included."""
    reflector_server: ReflectorServer | None = None
