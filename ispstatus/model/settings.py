"""What the configuration says, as validated values. Built by ``config``, handed down by ``app``."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from ispstatus.model.uplink import ProbePlan, QualityLimits, Reflector, Sampling, Uplink

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
class InsightSettings:
    """How the Insight API reads what it is asked, and what is sampled for it."""

    timezone: str = "UTC"
    """IANA zone of times that are sent without an offset."""
    sampling: Sampling = Sampling()  # noqa: RUF009  frozen
    """Of every uplink."""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One planned piece of work: its seconds are excluded from the SLA of one uplink."""

    uplink: str
    start_at: datetime
    end_at: datetime
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReflectorPorts:
    """Where each of the reflector's services listens; None is off, 0 any free port."""

    http: int | None = 12080
    https: int | None = 12443
    tcp: int | None = 12023
    udp: int | None = 12024
    twamp: int | None = 862
    throughput: int | None = 12550


@dataclass(frozen=True, slots=True)
class ReflectorCaps:
    """How much the reflector does at most, in total and for one source (an IPv4 address, an IPv6 /64)."""

    packets_per_s: int = 5000
    """UDP packets answered; throughput trains are counted by their volume instead."""
    source_packets_per_s: int = 500
    connections: int = 512
    source_connections: int = 64
    mb_per_hour: int = 20_000
    """What throughput tests may move, both directions."""
    source_mb_per_hour: int = 2000


@dataclass(frozen=True, slots=True)
class ReflectorServer:
    """What ``ispstatus reflector`` listens on, and whom it answers."""

    listen: tuple[str, ...]
    allow: tuple[Network, ...]
    """Loopback is let in besides."""
    ports: ReflectorPorts = ReflectorPorts()
    caps: ReflectorCaps = ReflectorCaps()
    certificate: Path | None = None
    """PEM, with its chain; None: one signed by itself, made at the first start."""
    key: Path | None = None
    is_stateful: bool = True
    """Whether TWAMP replies are counted per session (RFC 8762), so that the direction of a loss can be told."""


@dataclass(frozen=True, slots=True)
class ThroughputSettings:
    """How often, and against what, the uplinks' throughput is measured."""

    trains_every_min: int | None = 60
    """Packet trains, where there is a reflector; None: never."""
    iperf_server: str | None = None
    """``HOST:PORT``, or ``reflector``: each uplink's own and its iperf port."""
    iperf_every_min: int = 120
    iperf_seconds: int = 10
    """Of each direction of TCP and of UDP."""
    iperf_udp_mbps: float = 10.0
    web_download: str | None = None
    web_upload: str | None = None
    web_every_min: int = 120
    web_seconds: int = 8
    """Of each direction."""
    metered_mb_month: int = 0
    """What trains may cost a metered uplink beside its probing; nothing else ever runs there."""


@dataclass(frozen=True, slots=True)
class PositionSettings:
    """Where this box is: fixed, or as gpsd says."""

    latitude: float | None = None
    longitude: float | None = None
    """Given whenever the latitude is."""
    altitude_m: float | None = None
    gpsd: str | None = None
    """``HOST:PORT``; what it says goes before what is fixed."""


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
    insight: InsightSettings = InsightSettings()
    throughput: ThroughputSettings = ThroughputSettings()
    position: PositionSettings = PositionSettings()
