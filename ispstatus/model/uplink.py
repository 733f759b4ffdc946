"""An uplink: one way out of the box, what we promise to probe through it, and the contract it is held to."""

from dataclasses import dataclass, field
from typing import Literal

from ispstatus.model.series import Protocol
from ispstatus.model.state import Fault

Family = Literal[4, 6]


@dataclass(frozen=True, slots=True)
class PingTarget:
    """Somebody who should answer an echo; belongs to a network, and a network has one vote."""

    address: str
    network: str
    """The independent operator, e.g. ``Cloudflare``; an unnamed target is its own network."""

    @property
    def family(self) -> Family:
        """4 or 6, by the address."""
        return 6 if ":" in self.address else 4


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """An HTTP(S) object that should be fetched; ``network`` has one vote."""

    url: str
    network: str
    status: int | None = None
    """Expected status; None accepts any 2xx."""
    body: str | None = None
    """Text the body must contain."""
    nonce: bool = False
    """Add a random query parameter (own targets only)."""
    own: bool = False
    """The operator's own server: courtesy limits do not apply."""
    private_ok: bool = False
    """The name may resolve to a private address."""

    @property
    def is_tls(self) -> bool:
        """True for https."""
        return self.url.startswith("https://")


@dataclass(frozen=True, slots=True)
class ResolveTarget:
    """A name every resolver should know; with ``expect``, any other answer counts as intercepted."""

    name: str
    expect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """What is probed through one uplink."""

    ping: tuple[PingTarget, ...]
    http: tuple[HttpTarget, ...]
    resolvers: tuple[str, ...] | None
    """Resolver addresses; None means the link's own, then two public ones."""
    resolve: tuple[ResolveTarget, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Entry and exit limit of one quality figure."""

    degraded_above: float
    clear_below: float


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Limits of loss, latency and jitter; None means "auto", learnt from the uplink's own past."""

    loss_pct: Threshold
    latency_ms: Threshold | None = None
    jitter_ms: Threshold | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """Who provides the uplink and what was promised; printed on reports, never judged by itself."""

    isp: str | None = None
    circuit_id: str | None = None
    network_type: str | None = None
    down_mbps: float | None = None
    up_mbps: float | None = None
    expected_latency_ms: float | None = None
    expected_stability_pct: float | None = None
    expected_loss_pct: float | None = None
    sla_target_pct: str | None = None
    """Decimal string, e.g. ``"99.9"``: compared in integers, never as a float."""
    hardware: str | None = None
    """What stands at our end of the line."""
    details: str | None = None
    """Whatever else is to be said of it."""


@dataclass(frozen=True, slots=True)
class Reflector:
    """The far end of UDP, TWAMP, throughput and fast samples: our own server and its ports."""

    host: str
    http_port: int = 12080
    https_port: int = 12443
    tcp_port: int = 12023
    udp_port: int = 12024
    twamp_port: int = 862
    throughput_port: int = 12550
    iperf_port: int = 12501


REFLECTOR = "reflector"
"""In the place of an endpoint: our own far end."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How often each protocol is sampled towards far ends of our own, seconds; None is off."""

    icmp: int | None = 5
    tcp: int | None = 5
    udp: int | None = 5
    http: int | None = 5
    https: int | None = 5
    twamp: int | None = 5
    on_metered: bool = False
    """Metered uplinks are sampled too, as their budget allows."""
    twamp_responder: str = REFLECTOR
    """Who answers TWAMP: ``HOST:PORT`` of any router's responder, or our reflector."""

    def every_s(self, protocol: Protocol) -> int | None:
        """Return a protocol's interval."""
        every: int | None = getattr(self, protocol.value)
        return every


@dataclass(frozen=True, slots=True)
class Uplink:
    """One way out: never one per address family. ``name`` is the stable identity, ``id`` its number for ever."""

    id: int
    name: str
    interface: str
    plan: ProbePlan
    limits: QualityLimits
    contract: Contract = field(default_factory=Contract)
    source: str | None = None
    """Configured source address; None means "auto"."""
    gateway: str | None = None
    """Configured gateway; None means "auto", ``"none"`` a gateway-less link."""
    table: int | None = None
    """Routing table whose default route is this uplink's; None means the one that names the interface."""
    mark: int = 0
    gateway_required: bool | None = None
    """None means "auto": once it has answered three times."""
    nat: bool | None = None
    """None means "auto": a private or shared source address behind a private gateway."""
    metered: bool | None = None
    """None means "auto": wwan* interfaces."""
    budget_mb_month: int = 200
    carrier_fault: Fault = Fault.ACCESS
    dns_required: bool = False
    require_ipv6: bool = False
    was: tuple[str, ...] = ()
    """Earlier names whose id and history this uplink continues."""
    is_configured: bool = True
    """False when detected from a default route."""
    is_removed: bool = False
    mac: str | None = None
    """Permanent hardware address of a detected uplink: follows the interface through renames."""

    reflector: Reflector | None = None
    """Configured for this uplink or for all; None: no far end of our own."""
    sampling: Sampling = Sampling()

    @property
    def is_metered(self) -> bool:
        """Whether a byte budget applies."""
        return self.metered if self.metered is not None else self.interface.startswith("wwan")
