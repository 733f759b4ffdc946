"""Proof that an uplink's probes leave by that uplink: the kernel is asked, target by target.

The question names device, source and mark as the probe's socket has them, and asks for the *matched route*
(RTM_F_FIB_MATCH): without it a socket bound to a device nothing routes to gets an "on-link" answer that looks fine.
"""

import errno
import ipaddress
import os
import socket
from collections import OrderedDict
from collections.abc import Sequence

from pyroute2.netlink import nlmsg
from pyroute2.netlink.rtnl import RTM_GETROUTE
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.net import Path, PathProof
from ispstatus.net.facts import hops_of, same_address
from ispstatus.net.rtnl import Rtnl, attrs_of, open_rtnl

_RTM_F_LOOKUP_TABLE = 0x1000
_RTM_F_FIB_MATCH = 0x2000
_RTN_UNICAST = 1
_MAIN_TABLE = 254
_KEPT = 512

_Answer = tuple[str, str | None]
"""The matched route in words, and what is wrong with it."""


class Prover:
    """Asks and remembers. Not thread-safe: made and used on one thread."""

    def __init__(self) -> None:
        self._rtnl: Rtnl | None = None
        self._known: OrderedDict[tuple[int, Path, str], _Answer] = OrderedDict()

    def close(self) -> None:
        """Close the socket; a later proof opens another."""
        if self._rtnl is not None:
            self._rtnl.close()
            self._rtnl = None

    def prove(self, path: Path, targets: Sequence[str], snapshot_generation: int) -> PathProof:
        """Return whether *every* target would be reached by this path; never raises.

        Proven is a target whose matched route is a default, or a more specific one, that leaves by the path's
        device through its gateway (through none on a gateway-less link); and the gateway itself, on its own link.
        The proof's ``generation`` is the path's. An answer is kept for the snapshot it was asked under.
        """
        if not path.is_usable:
            return PathProof(path.generation, is_proven=False, problems=(f"{path.device} cannot send: {_lack(path)}",))
        if not targets:
            return PathProof(path.generation, is_proven=False, problems=("there is no target to prove the path with",))
        answers = {target: self._answer(path, target, snapshot_generation) for target in targets}
        problems = tuple(problem for _, problem in answers.values() if problem is not None)
        routes = {target: route for target, (route, _) in answers.items()}
        return PathProof(path.generation, not problems, problems, routes)

    def _answer(self, path: Path, target: str, snapshot_generation: int) -> _Answer:
        key = (snapshot_generation, path, target)
        if key not in self._known:
            self._known[key] = self._examine(path, target)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]

    def _examine(self, path: Path, target: str) -> _Answer:
        bare = target.split("%")[0]
        if ipaddress.ip_address(bare).version != path.family:
            return "none", f"{target} is not an IPv{path.family} address"
        try:
            route = self._ask(path, bare)
        except (OSError, CannotMeasure) as error:
            return "none", f"{target} has no route by {_binding(path)}: {_words(error)}"
        return _in_words(route, path), _problem(route, path, target)

    def _ask(self, path: Path, target: str) -> nlmsg:
        """Return the route a socket bound as the path says would take.

        For IPv6 the kernel holds such a *socket* to its device, but takes the device in a *question* that names a
        source for a mere preference. So when another device's route comes back, it is asked without the source.
        """
        route = self._try(path, target, path.source)
        if ":" in target and not any(ifindex == path.ifindex for ifindex, _ in hops_of(route)):
            return self._try(path, target, None)
        return route

    def _try(self, path: Path, target: str, source: str | None) -> nlmsg:
        """Ask once more on a fresh socket if the kept one failed us; the kernel's own refusals are final."""
        try:
            return self._question(path, target, source)
        except OSError as error:
            if error.errno in _REFUSALS:
                raise
            self.close()
            return self._question(path, target, source)

    def _question(self, path: Path, target: str, source: str | None) -> nlmsg:
        if self._rtnl is None:
            self._rtnl = open_rtnl()
        bits = ipaddress.ip_address(target).max_prefixlen
        attrs: dict[str, object] = {"RTA_DST": target, "RTA_OIF": path.ifindex}
        if source is not None:
            attrs["RTA_SRC"] = source
        if path.mark:
            attrs["RTA_MARK"] = path.mark
        fields = {
            "family": socket.AF_INET6 if ":" in target else socket.AF_INET,
            "dst_len": bits,
            "src_len": bits if source else 0,
            "flags": _RTM_F_LOOKUP_TABLE | _RTM_F_FIB_MATCH,
        }
        return self._rtnl.ask(RTM_GETROUTE, rtmsg, fields, attrs)


_REFUSALS = frozenset(
    (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.ENODEV, errno.EPERM, errno.ESRCH)
)


def _problem(route: nlmsg, path: Path, target: str) -> str | None:
    """Return what is wrong with the matched route, None when it proves the path."""
    if route["type"] != _RTN_UNICAST:
        return f"{target} is not reachable by {path.device}: the matched route is no unicast route"
    gateways = [gateway for ifindex, gateway in hops_of(route) if ifindex == path.ifindex]
    if not gateways:
        return f"{target} would not leave by {path.device} but {_in_words(route, path)}"
    if path.gateway is None:
        return None if None in gateways else f"{target} would go {_in_words(route, path)}, not straight out"
    if any(gateway is not None and same_address(gateway, path.gateway) for gateway in gateways):
        return None
    if None in gateways and same_address(target, path.gateway):
        return None
    return f"{target} would go {_in_words(route, path)}, not by gateway {path.gateway}"


def _in_words(route: nlmsg, path: Path) -> str:
    """Return a route as ``ip route`` would print it: ``default via 192.0.2.1 dev eth1 table 101``."""
    attrs = attrs_of(route)
    words = [f"{attrs['RTA_DST']}/{route['dst_len']}" if route["dst_len"] and "RTA_DST" in attrs else "default"]
    for ifindex, gateway in hops_of(route):
        words += ["via", gateway] if gateway else []
        words += ["dev", path.device if ifindex == path.ifindex else _name_of(ifindex)]
    table = attrs.get("RTA_TABLE", route["table"])
    return " ".join(words if table == _MAIN_TABLE else [*words, "table", str(table)])


def _name_of(ifindex: int) -> str:
    try:
        return socket.if_indextoname(ifindex)
    except OSError:
        return f"interface {ifindex}"


def _binding(path: Path) -> str:
    mark = f" with mark {path.mark:#x}" if path.mark else ""
    return f"{path.device} from {path.source}{mark}"


def _lack(path: Path) -> str:
    if path.source is None:
        return "no address"
    return "no default route" if not path.has_default else str(path.link.value)


def _words(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
