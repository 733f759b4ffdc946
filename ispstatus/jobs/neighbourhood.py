"""On which side of the box somebody is: what the guard of the HTTP server asks the kernel."""

import socket
from collections.abc import Mapping

from ispstatus.jobs.roster import Roster
from ispstatus.model.errors import CannotMeasure
from ispstatus.net.watch import NetWatch

_DISCARD_PORT = 9


class Neighbourhood:
    """Answers from the newest snapshot; any thread."""

    def __init__(self, netlink: NetWatch, roster: Roster) -> None:
        self._netlink = netlink
        self._roster = roster

    def route_device(self, peer: str) -> str | None:
        """Return the device whose address the kernel would answer ``peer`` from; None without a route.

        A connected UDP socket sends nothing: the kernel picks route and source, and the source tells the link.
        """
        family = socket.AF_INET6 if ":" in peer else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((peer, _DISCARD_PORT))
                source = sock.getsockname()[0]
            snapshot = self._netlink.snapshot()
        except (OSError, CannotMeasure):
            return None
        names = {link.index: link.name for link in snapshot.links}
        owners = [names.get(address.ifindex) for address in snapshot.addresses if address.address == source]
        return owners[0] if owners else None

    def uplink_devices(self) -> Mapping[str, str]:
        """Return device to uplink name."""
        return {live.path.device: live.uplink.name for live in self._roster if live.path is not None}

    def has_lan(self) -> bool:
        """Whether some addressed interface is neither an uplink nor loopback."""
        try:
            snapshot = self._netlink.snapshot()
        except CannotMeasure:
            return False
        uplinks = self.uplink_devices()
        addressed = {address.ifindex for address in snapshot.addresses}
        return any(
            link.index in addressed and link.name not in uplinks and link.name != "lo" for link in snapshot.links
        )
