"""By which device the kernel would answer somebody: asked of the kernel, nothing is sent."""

import ipaddress
import socket

from pyroute2.netlink.rtnl import RTM_GETROUTE
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from ispstatus.model.errors import CannotMeasure
from ispstatus.net.rtnl import attrs_of, open_rtnl


def device_towards(peer: str, local: str | None) -> str | None:
    """Return the device by which a packet from ``local`` to ``peer`` would leave; None without a route.

    ``local`` is the box's end of a connection: policy rules answer by the way that address belongs to, so the same
    peer may have two ways back. With None the kernel picks the source as it would for a connection of our own.
    """
    bits = ipaddress.ip_address(peer).max_prefixlen
    attrs = {"RTA_DST": peer} if local is None else {"RTA_DST": peer, "RTA_SRC": local}
    fields = {
        "family": socket.AF_INET6 if ":" in peer else socket.AF_INET,
        "dst_len": bits,
        "src_len": 0 if local is None else bits,
    }
    try:
        with open_rtnl() as rtnl:
            route = rtnl.ask(RTM_GETROUTE, rtmsg, fields, attrs)
        return socket.if_indextoname(attrs_of(route)["RTA_OIF"])
    except (OSError, CannotMeasure, KeyError):
        return None
