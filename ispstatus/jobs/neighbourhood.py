"""On which side of the box somebody is: what the guard of the HTTP server asks the kernel."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network

from ispstatus.jobs.roster import Roster
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Address, NetSnapshot
from ispstatus.net.detect import is_never_an_uplink
from ispstatus.net.watch import NetWatch
from ispstatus.net.wayback import device_towards

_IPV4 = 4
_LOOPBACK = "127.0.0.1"


class Neighbourhood:
    """Answers from the kernel and the newest snapshot; any thread."""

    def __init__(self, netlink: NetWatch, roster: Roster) -> None:
        self._netlink = netlink
        self._roster = roster

    def route_device(self, peer: str, local: str | None) -> str | None:
        """Return the device by which an answer from ``local`` (None: any of ours) to ``peer`` leaves; None: no way."""
        return device_towards(peer, local)

    def uplink_devices(self) -> Mapping[str, str]:
        """Return device to uplink name."""
        return {live.device: live.uplink.name for live in self._roster}

    def has_lan(self) -> bool:
        """Whether some addressed interface is neither an uplink nor loopback, nor one of containers and VPNs."""
        return any(True for _ in self._lan_addresses())

    def is_on_link(self, peer: str) -> bool:
        """Whether a peer's address lies in the network of an address of this box."""
        snapshot = self._snapshot()
        return snapshot is not None and any(_holds(one, peer) for one in snapshot.addresses)

    def own_address(self) -> str:
        """Return the IPv4 address people reach this box by: the LAN's; without a LAN a private one; else loopback."""
        snapshot = self._snapshot()
        elsewhere = snapshot.addresses if snapshot and not self.has_lan() else ()
        candidates = (*self._lan_addresses(), *filter(_is_private, elsewhere))
        return next((one.address for one in candidates if one.family == _IPV4), _LOOPBACK)

    def _lan_addresses(self) -> Iterator[Address]:
        snapshot, uplinks = self._snapshot(), self.uplink_devices()
        if snapshot is None:
            return
        lan = {one.index for one in snapshot.links if one.name not in uplinks and not is_never_an_uplink(one)}
        for one in snapshot.addresses:
            if one.ifindex in lan and not ip_address(one.address).is_link_local:
                yield one

    def _snapshot(self) -> NetSnapshot | None:
        try:
            return self._netlink.snapshot()
        except CannotMeasure:
            return None


def _is_private(address: Address) -> bool:
    number = ip_address(address.address)
    return number.is_private and not number.is_loopback


def _holds(address: Address, peer: str) -> bool:
    """Whether a peer is in an address's network; on a point-to-point link that is the far end's."""
    return ip_address(peer) in ip_network(f"{address.peer or address.address}/{address.prefix_len}", strict=False)
