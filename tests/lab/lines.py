"""The lines a lab can have: addresses, tables, marks and manners of each uplink of the box."""

from dataclasses import dataclass
from typing import Literal

Access = Literal["ethernet", "ppp"]
PING_TARGETS = ("1.1.1.1", "8.8.8.8", "9.9.9.9")
"""Answer echo and DNS in the lab's internet."""
PING_TARGETS6 = ("2606:4700:4700::1111", "2001:4860:4860::8888", "2620:fe::fe")
SITES = {
    "example.com": ("93.184.215.14", "2606:2800:21f::14"),
    "cp.cloudflare.com": ("104.16.133.229", "2606:4700::6810:85e5"),
    "detectportal.firefox.com": ("34.107.221.82", "2600:1901:0:38d7::82"),
    "www.gstatic.com": ("142.250.74.67", "2a00:1450:400f:80d::2003"),
    "lab.test": ("93.184.215.80", "2606:2800:21f::80"),
}
"""Names the lab's DNS knows, and where their web server answers; any name under ``lab.test`` is one too."""
WRONG_ADDRESS = "93.184.215.66"
PRIVATE_ADDRESS = "192.168.99.1"
LAN_BOX, LAN_CLIENT = "192.168.50.1", "192.168.50.20"


@dataclass(frozen=True, slots=True)
class Line:
    """One uplink as the provider built it."""

    name: str
    device: str
    addresses: tuple[str, ...]
    """The box's own, with prefix length; the first is the source."""
    gateway: str
    network: str
    number: int
    """Routing table 100 + number, mark 0x100 + number, transit network 10.255.number."""
    nat: bool = False
    gateway_is_silent: bool = False
    access: Access = "ethernet"
    in_main: bool = True
    """The main table has a default route over it too."""
    has_from_rule: bool = True
    """A rule sends packets with its source to its own table."""
    resolver: str | None = None
    """The provider's own resolver, inside the provider's network."""

    @property
    def source(self) -> str:
        """The first address, without its prefix length."""
        return self.addresses[0].split("/")[0]

    @property
    def prefix_length(self) -> str:
        """Of the access network."""
        return self.network.split("/")[1]

    @property
    def table(self) -> int:
        """Its policy routing table."""
        return 100 + self.number

    @property
    def mark(self) -> int:
        """Its firewall mark."""
        return 0x100 + self.number

    @property
    def transit(self) -> str:
        """First three bytes of the network between provider (.1) and internet (.2)."""
        return f"10.255.{self.number}"

    @property
    def transit6(self) -> str:
        """Prefix of the same for IPv6 (::1 and ::2)."""
        return f"fd00:255:{self.number}::"

    @property
    def network6(self) -> str:
        """Prefix of the IPv6 access network: ::1 the gateway, ::10 the box."""
        return f"2001:db8:{self.number}::"

    @property
    def seen_sources(self) -> tuple[str, ...]:
        """Networks the internet sees this line's packets come from."""
        v4 = f"{self.transit}.1/32" if self.nat else self.network
        return v4, f"{self.network6}/64"


FIBRE = Line("fibre", "fibre0", ("203.0.113.10/24",), "203.0.113.1", "203.0.113.0/24", 1)
LTE = Line("lte", "lte0", ("100.64.7.2/24",), "100.64.7.1", "100.64.7.0/24", 2, nat=True, gateway_is_silent=True)
BGP = Line(
    "bgp", "bgp0", ("198.51.100.2/29", "198.51.100.3/29", "198.51.100.4/29"), "198.51.100.1", "198.51.100.0/29", 3
)
THREE = (FIBRE, LTE, BGP)
"""Public address; NAT with a gateway silent to ping; three addresses."""
