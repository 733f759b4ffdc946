"""Links, addresses, routes, sockets bound to an uplink, path proof: what the kernel knows, without policy."""
