"""How an uplink leaves the box, worked out from one snapshot. Pure: asks nobody.

What is found here is what *should* lead the uplink's packets out; ``prove`` asks the kernel whether it does.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import replace

from ispstatus.model.net import Address, DefaultRoute, Link, LinkStatus, NetSnapshot, Path, Rule
from ispstatus.model.uplink import Family, Uplink
from ispstatus.net.facts import same_address

MAIN_TABLE = 254
NO_GATEWAY = "none"

_IPV4: Family = 4
_IPV6: Family = 6
_UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")


def find_path(uplink: Uplink, snapshot: NetSnapshot, family: Family) -> Path:
    """Return how ``uplink`` leaves the box in one address family.

    Never fails: what is missing is None (no address, no gateway), ``MISSING`` or ``has_default=False``.
    Configured source, gateway and table win over what the kernel says. Without a configured table the one a
    policy rule names for the source, mark or device wins over main, and main over all others.
    """
    link = find_link(uplink, snapshot)
    if link is None:
        return _number(Path(uplink.id, family, uplink.interface, LinkStatus.MISSING, 0, mark=uplink.mark))
    routes = [r for r in snapshot.default_routes if r.ifindex == link.index and r.family == family]
    addresses = [a for a in snapshot.addresses if a.ifindex == link.index and a.family == family]
    source = _wish(uplink.source, family) or _source(addresses, _best_route(uplink, routes, ()))
    takeable = [r for r in routes if _is_in(source, r.source_net)]
    route = _best_route(uplink, takeable, _tables(uplink, snapshot.rules, family, source, link.name))
    path = Path(
        uplink_id=uplink.id,
        family=family,
        device=link.name,
        link=link.status,
        generation=0,
        ifindex=link.index,
        source=source if _is_there(source, snapshot.addresses) else None,
        gateway=_gateway(uplink, route, family, link.name),
        has_default=route is not None,
        table=route.table if route else uplink.table,
        mark=uplink.mark,
    )
    return _number(path, link.carrier_downs)


def verdict_family(uplink: Uplink, snapshot: NetSnapshot) -> Family:
    """Return the address family the uplink is judged by: IPv4 where it has an IPv4 default, else IPv6.

    A configured source or gateway decides by its own family. With no default left, the addresses decide.
    """
    for wish in (uplink.source, uplink.gateway):
        if wish not in (None, NO_GATEWAY):
            return _family_of(str(wish))
    link = find_link(uplink, snapshot)
    index = link.index if link else None
    routed = {r.family for r in snapshot.default_routes if r.ifindex == index}
    addressed = {a.family for a in snapshot.addresses if a.ifindex == index and not _is_link_local(a)}
    families = routed or addressed or {_IPV4}
    return _IPV4 if _IPV4 in families else _IPV6


def find_link(uplink: Uplink, snapshot: NetSnapshot) -> Link | None:
    """Return the uplink's interface: by name, or by permanent MAC when a detected one was renamed."""
    named = next((link for link in snapshot.links if link.name == uplink.interface), None)
    if uplink.is_configured or uplink.mac is None or (named is not None and named.mac == uplink.mac):
        return named
    bearers = [link for link in snapshot.links if link.mac == uplink.mac]
    hardware = [link for link in bearers if link.kind is None]  # VLANs and bridges borrow their parent's address
    candidates = hardware or bearers
    return candidates[0] if len(candidates) == 1 else named


def _number(path: Path, carrier_downs: int = 0) -> Path:
    """Return the path under a generation of its own: the same facts give the same number, in every process."""
    digest = hashlib.blake2b(repr((path, carrier_downs)).encode(), digest_size=7).digest()
    return replace(path, generation=int.from_bytes(digest, "big"))


def _best_route(uplink: Uplink, routes: Sequence[DefaultRoute], tables: Sequence[int]) -> DefaultRoute | None:
    """Return the default route that leads this uplink's packets: rules first, then main, then the lowest metric."""
    if uplink.table is not None:
        own = [r for r in routes if r.table == uplink.table]
        routes = own or [r for r in routes if r.table == MAIN_TABLE]
    gateway = uplink.gateway if uplink.gateway != NO_GATEWAY else None

    def rank(route: DefaultRoute) -> tuple[bool, int, bool, int, int]:
        by_rule = tables.index(route.table) if route.table in tables else len(tables)
        is_wished = gateway is not None and route.gateway is not None and same_address(gateway, route.gateway)
        return (not is_wished, by_rule, route.table != MAIN_TABLE, route.metric, route.table)

    return min(routes, key=rank, default=None)


def _tables(uplink: Uplink, rules: Sequence[Rule], family: Family, source: str | None, device: str) -> list[int]:
    """Return the tables the kernel would try for this uplink's packets, in its order."""
    return [rule.table for rule in rules if rule.family == family and _applies(rule, source, uplink.mark, device)]


def _applies(rule: Rule, source: str | None, mark: int, device: str) -> bool:
    if rule.mark is not None and mark & rule.mark_mask != rule.mark:
        return False
    if rule.device is not None and rule.device != device:
        return False
    return _is_in(source, rule.source)


def _is_in(source: str | None, network: str | None) -> bool:
    """Whether a packet from ``source`` is of ``network``; everything is of None."""
    if network is None:
        return True
    return source is not None and ipaddress.ip_address(source) in ipaddress.ip_network(network, strict=False)


def _source(addresses: Sequence[Address], route: DefaultRoute | None) -> str | None:
    """Return the address probes leave with: the route's own choice, else in the gateway's net, else the first.

    Never an IPv6 link-local one; an IPv4 one (169.254) and an IPv6 unique local one only for want of better.
    """
    if route is not None and route.prefsrc is not None:
        return route.prefsrc
    gateway = route.gateway if route else None
    source_net = route.source_net if route else None

    def rank(address: Address) -> tuple[bool, bool, bool]:
        is_poor = _is_link_local(address) or _is_unique_local(address)
        return (not _is_in(address.address, source_net), is_poor, not _contains(address, gateway))

    candidates = [a for a in addresses if not (a.family == _IPV6 and _is_link_local(a))]
    best = min(candidates, key=rank, default=None)
    return best.address if best else None


def _contains(address: Address, gateway: str | None) -> bool:
    if gateway is None:
        return False
    if address.peer is not None and same_address(address.peer, gateway):
        return True
    net = ipaddress.ip_network(f"{address.address}/{address.prefix_len}", strict=False)
    return ipaddress.ip_address(gateway) in net


def _is_link_local(address: Address) -> bool:
    return ipaddress.ip_address(address.address).is_link_local


def _is_unique_local(address: Address) -> bool:
    return address.family == _IPV6 and ipaddress.ip_address(address.address) in _UNIQUE_LOCAL


def _is_there(source: str | None, addresses: Sequence[Address]) -> bool:
    """Whether the box has this address on any link: routers keep addresses of their own on the loopback."""
    return source is not None and any(same_address(source, a.address) for a in addresses)


def _gateway(uplink: Uplink, route: DefaultRoute | None, family: Family, device: str) -> str | None:
    """Return the gateway, an IPv6 link-local one as ``address%device``; None on a gateway-less link."""
    if uplink.gateway == NO_GATEWAY:
        return None
    gateway = _wish(uplink.gateway, family) or (route.gateway if route else None)
    if gateway is None:
        return None
    bare = gateway.split("%")[0]
    return f"{bare}%{device}" if ipaddress.ip_address(bare).is_link_local and family == _IPV6 else bare


def _wish(address: str | None, family: Family) -> str | None:
    """Return a configured address if it is of this family."""
    if address is None or address == NO_GATEWAY or _family_of(address) != family:
        return None
    return address


def _family_of(address: str) -> Family:
    return _IPV6 if ":" in address else _IPV4
