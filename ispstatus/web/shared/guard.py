"""Who is let in, judged on the socket's peer before anything else (design section 7). 403 names the rule."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import Flask, g, request

from ispstatus.model.errors import Forbidden
from ispstatus.model.settings import Network
from ispstatus.web.shared.deps import Deps, deps

_FORWARDING = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP")

Address = IPv4Address | IPv6Address


def install(app: Flask) -> None:
    """Guard every request, unknown paths too."""
    app.before_request(_guard)


def _guard() -> None:
    known = deps()
    peer = _unmapped(request.environ.get("ispstatus.peer") or request.remote_addr or "")
    client = _client_behind(peer, known)
    _refuse_strangers(client, known)
    _refuse_uplinks(client, known)
    _refuse_foreign_hosts(known)
    g.client = client


def refuse_downloads() -> None:
    """Forbidden unless the client may download."""
    allow = deps().settings.web.downloads_allow
    if allow and not is_in(g.client, allow):
        raise Forbidden(f"{g.client} may not download: not in [web] downloads_allow")


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address lies in any of these networks."""
    return any(address.version == network.version and address in network for network in networks)


def _unmapped(text: str) -> Address:
    try:
        address = ip_address(text.split("%")[0])
    except ValueError as error:
        raise Forbidden("the peer has no IP address") from error
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _client_behind(peer: Address, known: Deps) -> Address:
    """Listed proxies speak for their client; nobody else may carry a forwarding header."""
    carried = [name for name in _FORWARDING if name in request.headers]
    if not is_in(peer, known.settings.web.trusted_proxies):
        if carried:
            raise Forbidden(f"{carried[0]} is only accepted from [web] trusted_proxies, and {peer} is not one")
        return peer
    forwarded = request.headers.get("X-Forwarded-For")
    return _unmapped(forwarded.rsplit(",", 1)[-1].strip()) if forwarded else peer


def _refuse_strangers(client: Address, known: Deps) -> None:
    if not is_in(client, known.settings.web.allow):
        raise Forbidden(f"{client} is not in [web] allow")


def _refuse_uplinks(client: Address, known: Deps) -> None:
    """A private address on the far side of an uplink is not the LAN."""
    if client.is_loopback:
        return
    device = known.route_device(str(client))
    uplink = known.uplink_devices().get(device or "")
    if uplink is None or uplink in known.settings.web.allow_via_uplinks:
        return
    if not known.has_lan() and client.is_private:
        return
    raise Forbidden(f"{client} is reached through the uplink {uplink!r}, which [web] allow_via_uplinks does not name")


def _refuse_foreign_hosts(known: Deps) -> None:
    """A page of somebody else's must not reach us through a name of its own (DNS rebinding)."""
    host = (request.host or "").rsplit("]", 1)[0].lstrip("[") if "]" in request.host else request.host.split(":")[0]
    if not host or host.lower() in _own_names(known):
        return
    try:
        ip_address(host.split("%")[0])
    except ValueError as error:
        raise Forbidden(f"Host {host!r} is not this box: add it to [web] hosts") from error


def _own_names(known: Deps) -> set[str]:
    hostname = known.hostname.lower()
    return {"localhost", hostname, hostname.split(".")[0], *(host.lower() for host in known.settings.web.hosts)}
