"""What the kernel says about links, addresses and routes, as immutable facts."""

from dataclasses import dataclass, field
from enum import StrEnum

from ispstatus.model.uplink import Family


class LinkStatus(StrEnum):
    """What a link can be, as an operator would say it; ``iface_state`` on the wire."""

    UP = "up"
    MISSING = "missing"
    ADMIN_DOWN = "admin_down"
    NO_CARRIER = "no_carrier"


@dataclass(frozen=True, slots=True)
class Link:
    """One network interface."""

    index: int
    name: str
    status: LinkStatus
    mac: str | None = None
    """Permanent hardware address, else the current one."""
    kind: str | None = None
    """Kernel kind (veth, ppp, ...), None for plain hardware."""
    carrier_downs: int = 0
    """How often carrier was lost since the link exists."""
    rx_bytes: int = 0
    tx_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """One address of one link, usable ones only (no tentative, deprecated or temporary IPv6)."""

    ifindex: int
    family: Family
    address: str
    prefix_len: int
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """One default route (or one next hop of a multipath default route)."""

    family: Family
    table: int
    ifindex: int
    gateway: str | None
    metric: int = 0
    prefsrc: str | None = None
    source_net: str | None = None
    """Only packets from this network take it (IPv6 source-specific routing)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy rule that sends packets of ours to a table. None matches everything."""

    family: Family
    priority: int
    table: int
    source: str | None = None
    """Network in CIDR notation the packet's source must be in."""
    mark: int | None = None
    mark_mask: int = 0xFFFFFFFF
    device: str | None = None
    """Device the packet's socket is bound to (``oif``)."""


@dataclass(frozen=True, slots=True)
class NetSnapshot:
    """Everything about the box's links at one moment. Published whole, never changed."""

    generation: int
    """Goes up by one whenever anything in the snapshot differs from the one before (counters aside)."""
    taken_boot_s: float
    links: tuple[Link, ...] = ()
    addresses: tuple[Address, ...] = ()
    default_routes: tuple[DefaultRoute, ...] = ()
    rules: tuple[Rule, ...] = ()
    """By priority, as the kernel tries them."""


@dataclass(frozen=True, slots=True)
class Path:
    """How one uplink leaves the box in one address family, read from one snapshot."""

    uplink_id: int
    family: Family
    device: str
    link: LinkStatus
    generation: int
    """Changes only when something that could lead this uplink's packets elsewhere changes."""
    ifindex: int | None = None
    source: str | None = None
    """Address probes are bound to; None when the link has none."""
    gateway: str | None = None
    """None on a gateway-less link (PPP, wwan). An IPv6 link-local gateway carries ``%device``."""
    has_default: bool = False
    """A default route in some table leaves by this device."""
    table: int | None = None
    mark: int = 0

    @property
    def is_usable(self) -> bool:
        """Whether probes can be sent at all."""
        return self.link is LinkStatus.UP and self.source is not None and self.has_default


@dataclass(frozen=True, slots=True)
class PathProof:
    """Whether the kernel would send to these targets by this uplink, asked of the kernel itself."""

    generation: int
    is_proven: bool
    problems: tuple[str, ...] = ()
    """One sentence per target that would leave elsewhere."""
    routes: dict[str, str] = field(default_factory=dict)
    """Target to matched route, as shown in evidence."""
