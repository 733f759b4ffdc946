"""Lines that are not plain: building blocks for ``WanLab([...])``."""

from dataclasses import replace

from tests.lab.lines import BGP, FIBRE, Line

PPP = Line("ppp", "ppp0", ("198.18.5.2/32",), "198.18.5.1", "198.18.5.2/32", 5, access="ppp")
"""Point to point: a default route with a device and no gateway."""
TWIN_A = Line("twin-a", "wan0", ("192.168.1.10/24",), "192.168.1.1", "192.168.1.0/24", 6, nat=True)
TWIN_B = Line("twin-b", "wan1", ("192.168.1.20/24",), "192.168.1.1", "192.168.1.0/24", 7, nat=True)
"""Two consumer routers as they come out of the box: same network, same gateway address."""
NEIGHBOUR = "192.168.1.77"
"""Somebody else in the private WAN of ``TWIN_A``."""
TABLE_ONLY = replace(BGP, in_main=False)
"""Its default route is in its own table only, reached by a rule on the source."""
PROVIDER_DNS = replace(FIBRE, resolver="203.0.113.53")
"""A provider with a resolver of its own."""
