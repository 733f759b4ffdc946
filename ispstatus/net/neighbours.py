"""What the kernel's neighbour table (ARP, NDP) says about one address: shown as evidence, never judged."""

import socket

from pyroute2.netlink.rtnl import RTM_GETNEIGH
from pyroute2.netlink.rtnl.ndmsg import ndmsg

from ispstatus.model.errors import CannotMeasure
from ispstatus.net.rtnl import open_rtnl

_STATES = {
    0x01: "INCOMPLETE",
    0x02: "REACHABLE",
    0x04: "STALE",
    0x08: "DELAY",
    0x10: "PROBE",
    0x20: "FAILED",
    0x40: "NOARP",
    0x80: "PERMANENT",
}


def neighbour_state(ifindex: int, address: str) -> str | None:
    """Return the state as ``ip neigh`` names it (``REACHABLE``, ``FAILED``, ...); None for an unknown neighbour."""
    bare = address.split("%")[0]
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        with open_rtnl() as rtnl:
            entry = rtnl.ask(RTM_GETNEIGH, ndmsg, {"family": family, "ifindex": ifindex}, {"NDA_DST": bare})
    except (OSError, CannotMeasure):
        return None
    return _STATES.get(entry["state"])
