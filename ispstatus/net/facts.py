"""Kernel messages turned into facts: one function per kind of message, None for what is of no use to us."""

import ipaddress
import socket
import struct
from collections.abc import Iterator
from typing import Any

from pyroute2.netlink import nlmsg

from ispstatus.model.net import Address, DefaultRoute, Link, LinkStatus, Rule
from ispstatus.model.uplink import Family
from ispstatus.net.rtnl import HEADER_BYTES, attrs_of

_FAMILIES: dict[int, Family] = {socket.AF_INET: 4, socket.AF_INET6: 6}

_IFF_UP = 0x1
_IFF_LOWER_UP = 0x10000

_IFA_F_TEMPORARY = 0x01
_IFA_F_DADFAILED = 0x08
_IFA_F_DEPRECATED = 0x20
_IFA_F_TENTATIVE = 0x40
_UNUSABLE_V6 = _IFA_F_TEMPORARY | _IFA_F_DADFAILED | _IFA_F_DEPRECATED | _IFA_F_TENTATIVE

_RTN_UNICAST = 1
_RTM_F_CLONED = 0x200
_RTNH_F_DEAD = 0x1
_RT_TABLE_LOCAL = 255

_FR_ACT_TO_TBL = 1
_FIB_RULE_INVERT = 0x2
_NOTHING_SUPPRESSED = 0xFFFFFFFF

_MAC_OCTETS = 6


def link_of(message: nlmsg) -> Link:
    """Return one interface. Carrier (LOWER_UP) decides, not operstate: tun, ppp and many modems leave it UNKNOWN."""
    attrs = attrs_of(message)
    stats = attrs.get("IFLA_STATS64") or {}
    return Link(
        index=message["index"],
        name=attrs.get("IFLA_IFNAME", ""),
        status=_status(message["flags"]),
        mac=_mac(attrs.get("IFLA_PERM_ADDRESS") or attrs.get("IFLA_ADDRESS")),
        kind=_kind(attrs.get("IFLA_LINKINFO")),
        carrier_downs=attrs.get("IFLA_CARRIER_DOWN_COUNT", 0),
        rx_bytes=stats.get("rx_bytes", 0),
        tx_bytes=stats.get("tx_bytes", 0),
    )


def address_of(message: nlmsg) -> Address | None:
    """Return one address that packets may come from; None for tentative, deprecated and temporary IPv6."""
    family = _FAMILIES.get(message["family"])
    if family is None:
        return None
    attrs = attrs_of(message)
    flags = attrs.get("IFA_FLAGS", message["flags"])
    if message["family"] == socket.AF_INET6 and flags & _UNUSABLE_V6:
        return None
    far = attrs.get("IFA_ADDRESS")
    own = attrs.get("IFA_LOCAL") or far
    if own is None:
        return None
    peer = far if far != own else None
    return Address(message["index"], family, own, message["prefixlen"], peer)


def is_default_route(data: bytes) -> bool:
    """Tell from a raw route message whether it is worth decoding: unicast, any destination, not a cached clone."""
    family, destination_bits, *_, kind, flags = struct.unpack_from("=8BI", data, HEADER_BYTES)
    return family in _FAMILIES and destination_bits == 0 and kind == _RTN_UNICAST and not flags & _RTM_F_CLONED


def is_cached_route(data: bytes) -> bool:
    """Tell from a raw route message whether it is a cache entry for one destination (path MTU, redirect)."""
    (flags,) = struct.unpack_from("=I", data, HEADER_BYTES + 8)
    return bool(flags & _RTM_F_CLONED)


def is_about_a_link(data: bytes) -> bool:
    """Tell from a raw link message whether it describes the link itself, not its part in a bridge."""
    return data[HEADER_BYTES] == socket.AF_UNSPEC


def default_routes_of(message: nlmsg) -> Iterator[DefaultRoute]:
    """Yield each next hop of a default route. A hop by way of the other family counts as gateway-less."""
    attrs = attrs_of(message)
    table = attrs.get("RTA_TABLE", message["table"])
    for ifindex, gateway in hops_of(message):
        yield DefaultRoute(
            family=_FAMILIES[message["family"]],
            table=table,
            ifindex=ifindex,
            gateway=gateway,
            metric=attrs.get("RTA_PRIORITY", 0),
            prefsrc=attrs.get("RTA_PREFSRC"),
            source_net=f"{attrs['RTA_SRC']}/{message['src_len']}" if message["src_len"] else None,
        )


def hops_of(message: nlmsg) -> Iterator[tuple[int, str | None]]:
    """Yield interface index and gateway of every living next hop of a route."""
    attrs = attrs_of(message)
    if "RTA_OIF" in attrs:
        yield attrs["RTA_OIF"], attrs.get("RTA_GATEWAY")
    for hop in attrs.get("RTA_MULTIPATH", ()):
        if not hop["flags"] & _RTNH_F_DEAD:
            yield hop["oif"], attrs_of(hop).get("RTA_GATEWAY")


def rule_of(message: nlmsg) -> Rule | None:
    """Return one policy rule our own packets can meet; None for forwarding, inverted and local-table rules."""
    attrs = attrs_of(message)
    family = _FAMILIES.get(message["family"])
    table = attrs.get("FRA_TABLE", message["table"])
    is_ours = message["action"] == _FR_ACT_TO_TBL and not message["flags"] & _FIB_RULE_INVERT
    if family is None or not is_ours or table == _RT_TABLE_LOCAL or _is_narrow(attrs, message):
        return None
    source = f"{attrs['FRA_SRC']}/{message['src_len']}" if message["src_len"] else None
    return Rule(
        family=family,
        priority=attrs.get("FRA_PRIORITY", 0),
        table=table,
        source=source,
        mark=attrs.get("FRA_FWMARK"),
        mark_mask=attrs.get("FRA_FWMASK", 0xFFFFFFFF),
        device=attrs.get("FRA_OIFNAME"),
    )


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are the same, however they are written; a scope (``%eth1``) does not count."""
    return ipaddress.ip_address(one.split("%")[0]) == ipaddress.ip_address(other.split("%")[0])


def _is_narrow(attrs: dict[str, Any], message: nlmsg) -> bool:
    """Tell a rule for some packets only (input device, destination, port, protocol, user), or not for defaults."""
    if attrs.get("FRA_SUPPRESS_PREFIXLEN", _NOTHING_SUPPRESSED) != _NOTHING_SUPPRESSED:
        return True
    names = ("FRA_IIFNAME", "FRA_SPORT_RANGE", "FRA_DPORT_RANGE", "FRA_IP_PROTO", "FRA_UID_RANGE", "FRA_L3MDEV")
    return bool(message["dst_len"] or any(attrs.get(name) for name in names))


def _status(flags: int) -> LinkStatus:
    if not flags & _IFF_UP:
        return LinkStatus.ADMIN_DOWN
    return LinkStatus.UP if flags & _IFF_LOWER_UP else LinkStatus.NO_CARRIER


def _mac(text: str | None) -> str | None:
    """Return a hardware address; None for none, for all zeros, and for tunnels that put an IP address there."""
    octets = (text or "").lower().split(":")
    if len(octets) != _MAC_OCTETS or set(octets) == {"00"}:
        return None
    return ":".join(octets)


def _kind(info: Any) -> str | None:
    return attrs_of(info).get("IFLA_INFO_KIND") if info else None
