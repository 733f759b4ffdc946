"""Links, addresses, routes, sockets bound to an uplink, path proof: what the kernel knows, without policy."""

from ispstatus.net.lean import load_parts_only

load_parts_only("pyroute2")
