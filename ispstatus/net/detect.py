"""Which uplinks a box has when no file names any: whatever a default route leaves by."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from ispstatus.model.net import DefaultRoute, Link, NetSnapshot
from ispstatus.model.uplink import Family
from ispstatus.net.paths import MAIN_TABLE

NEVER_AN_UPLINK = ("lo", "docker*", "veth*", "virbr*", "wg*", "tun*", "tailscale*")
"""Interfaces of containers, virtual machines and VPNs: they ride on an uplink, they are none."""


@dataclass(frozen=True, slots=True)
class DetectedUplink:
    """One interface a default route leaves by."""

    interface: str
    mac: str | None
    """Permanent hardware address, None for links that have none (PPP)."""
    families: frozenset[Family]
    """Address families with a default route."""
    table: int
    """Table of the best default route; 254 is main."""
    metric: int


def detect(snapshot: NetSnapshot) -> tuple[DetectedUplink, ...]:
    """Return every uplink: those in the main table first, then by metric, then by interface index.

    Counts every next hop of a multipath default, defaults that are only in a policy table, and gateway-less ones.
    """
    found = []
    for link in snapshot.links:
        routes = [route for route in snapshot.default_routes if route.ifindex == link.index]
        if routes and not is_never_an_uplink(link):
            found.append((_rank(min(routes, key=_rank)), link.index, _uplink(link, routes)))
    return tuple(uplink for *_, uplink in sorted(found, key=lambda item: item[:2]))


def _uplink(link: Link, routes: list[DefaultRoute]) -> DetectedUplink:
    best = min(routes, key=_rank)
    return DetectedUplink(link.name, link.mac, frozenset(r.family for r in routes), best.table, best.metric)


def _rank(route: DefaultRoute) -> tuple[bool, int, int]:
    return (route.table != MAIN_TABLE, route.metric, route.table)


def is_never_an_uplink(link: Link) -> bool:
    """Whether an interface rides on others: loopback, containers, virtual machines, VPNs."""
    return link.kind == "wireguard" or any(fnmatchcase(link.name, pattern) for pattern in NEVER_AN_UPLINK)
