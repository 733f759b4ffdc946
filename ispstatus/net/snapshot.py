"""Everything about the box's links, addresses and default routes at one moment, read whole.

Never pieced together from events: the kernel drops routes without a word (admin down, an address taken away).
"""

from dataclasses import replace

from pyroute2.netlink.rtnl import RTM_GETADDR, RTM_GETLINK, RTM_GETROUTE, RTM_GETRULE
from pyroute2.netlink.rtnl.fibmsg import fibmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from ispstatus.clock import Clock
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Address, DefaultRoute, Link, NetSnapshot, Rule
from ispstatus.net.facts import address_of, default_routes_of, is_default_route, link_of, rule_of
from ispstatus.net.rtnl import Rtnl, open_rtnl


def take_snapshot(clock: Clock) -> NetSnapshot:
    """Return the present facts, once, with generation 1; CannotMeasure when the kernel does not answer."""
    with open_rtnl() as rtnl:
        try:
            return read_snapshot(rtnl, clock, 1)
        except OSError as error:
            raise CannotMeasure(f"the kernel's routing tables cannot be read: {error}") from error


def read_snapshot(rtnl: Rtnl, clock: Clock, generation: int) -> NetSnapshot:
    """Return the present facts under the given generation, in an order that does not depend on chance."""
    return NetSnapshot(
        generation=generation,
        taken_boot_s=clock.boot(),
        links=_links(rtnl),
        addresses=_addresses(rtnl),
        default_routes=_default_routes(rtnl),
        rules=_rules(rtnl),
    )


def is_same(one: NetSnapshot, other: NetSnapshot) -> bool:
    """Whether two snapshots tell the same, byte counters, age and generation aside."""
    return _essence(one) == _essence(other)


def _essence(snapshot: NetSnapshot) -> NetSnapshot:
    links = tuple(replace(link, rx_bytes=0, tx_bytes=0) for link in snapshot.links)
    return replace(snapshot, generation=0, taken_boot_s=0.0, links=links)


def _links(rtnl: Rtnl) -> tuple[Link, ...]:
    links = [link_of(message) for message in rtnl.dump(RTM_GETLINK, ifinfmsg)]
    return tuple(sorted(links, key=lambda link: link.index))


def _addresses(rtnl: Rtnl) -> tuple[Address, ...]:
    """Keep the kernel's order inside a link: its first address is the primary one."""
    found = [address_of(message) for message in rtnl.dump(RTM_GETADDR, ifaddrmsg)]
    return tuple(sorted((a for a in found if a is not None), key=lambda a: (a.ifindex, a.family)))


def _default_routes(rtnl: Rtnl) -> tuple[DefaultRoute, ...]:
    messages = rtnl.dump(RTM_GETROUTE, rtmsg, wants=is_default_route)
    routes = {route for message in messages for route in default_routes_of(message)}
    return tuple(sorted(routes, key=_order))


def _order(route: DefaultRoute) -> tuple[int, int, int, int, str, str]:
    return (route.family, route.table, route.metric, route.ifindex, route.gateway or "", route.source_net or "")


def _rules(rtnl: Rtnl) -> tuple[Rule, ...]:
    """Return the rules; none at all from a kernel built without policy routing."""
    try:
        messages = rtnl.dump(RTM_GETRULE, fibmsg)
    except OSError:
        return ()
    rules = [rule for message in messages if (rule := rule_of(message)) is not None]
    return tuple(sorted(rules, key=lambda rule: (rule.family, rule.priority)))
