"""Who is let in (design section 7). Every path is guarded, known or not; a refusal says which rule it was.

The rules, in order: listed proxies speak for their client through X-Forwarded-For, and nobody else may forward; the
client must be in ``allow``; the kernel's way back to it must not leave by an uplink; ``Host`` must be a name of ours.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from werkzeug.datastructures import Headers

from ispstatus.clock import Clock
from ispstatus.model.errors import Forbidden
from ispstatus.model.settings import Network, WebSettings

IpAddress = IPv4Address | IPv6Address

LOCAL_ADDRESS = "ispstatus.local_address"
"""Where the server puts, in the WSGI environment, the address of ours that the peer is connected to."""
FORWARDING = (
    "Forwarded",
    "X-Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-By",
    "X-Forwarded-Server",
    "X-Forwarded-Prefix",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Via",
)
"""Headers by which a proxy says that the request is not its own."""
_PRIVATE = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
)
"""Not ``is_private``, which has more in it; a carrier's 100.64.0.0/10 is not LAN."""
_LOG_EVERY_S = 60.0

_log = logging.getLogger(__name__)


class Refused(Forbidden):
    """A client is not let in."""

    def __init__(self, message: str, *, rule: str) -> None:
        super().__init__(message)
        self.rule = rule
        """``forwarding``, ``allow``, ``uplink``, ``host`` or ``downloads``."""


@dataclass(slots=True)
class Guard:
    """The rules of one configuration, over what the kernel says now. Safe from any thread."""

    web: WebSettings
    hostname: str
    clock: Clock
    route_device: Callable[[str, str | None], str | None]
    uplink_devices: Callable[[], Mapping[str, str]]
    has_lan: Callable[[], bool]
    is_on_link: Callable[[str], bool]
    _logged_boot_s: dict[str, float] = field(default_factory=dict)

    def admit(self, peer: str, local: str | None, headers: Headers) -> IpAddress:
        """Return the client that is let in: the peer, or whom a listed proxy speaks for. Raise Refused otherwise.

        ``local`` is the address of ours that the peer is connected to; a proxy may name the one its client used in
        X-Forwarded-By.
        """
        try:
            address = _address(peer)
            client = self._client(address, headers)
            self._check_allowed(client)
            self._check_way_back(client, local if client is address else headers.get("X-Forwarded-By"))
            self._check_host(headers.get("Host", ""))
        except Refused as refusal:
            self._note(refusal, peer)
            raise
        return client

    def admit_download(self, client: IpAddress) -> None:
        """Raise Refused unless this client may take CSV files and bundles."""
        allowed = self.web.downloads_allow
        if allowed and not client.is_loopback and not _is_in(client, allowed):
            raise Refused(f"{client} is not in [web] downloads_allow", rule="downloads")

    def _client(self, peer: IpAddress, headers: Headers) -> IpAddress:
        told = [name for name in FORWARDING if name in headers]
        if not told:
            return peer
        if not _is_in(peer, self.web.trusted_proxies):
            what = f"{told[0]} came from {peer}, which is not in [web] trusted_proxies"
            raise Refused(f"{what}: forwarded requests are refused", rule="forwarding")
        if "X-Forwarded-For" not in headers:
            raise Refused(f"the proxy {peer} does not name its client in X-Forwarded-For", rule="forwarding")
        return self._spoken_for(headers["X-Forwarded-For"])

    def _spoken_for(self, chain: str) -> IpAddress:
        """Return the nearest address of a chain of proxies that is no listed proxy itself."""
        addresses = [_forwarded_address(entry) for entry in chain.split(",")]
        strangers = (address for address in reversed(addresses) if not _is_in(address, self.web.trusted_proxies))
        return next(strangers, addresses[0])

    def _check_allowed(self, client: IpAddress) -> None:
        if not _is_in(client, self.web.allow):
            raise Refused(f"{client} is not in [web] allow", rule="allow")

    def _check_way_back(self, client: IpAddress, local: str | None) -> None:
        if client.is_loopback:
            return
        device = self._device_towards(client, local)
        if device is None:
            raise Refused(f"there is no way back to {client}", rule="uplink")
        uplink = self.uplink_devices().get(device)
        if uplink is None or uplink in self.web.allow_via_uplinks:
            return
        if not self.has_lan() and _is_in(client, _PRIVATE) and self.is_on_link(str(client)):
            return
        _log.info("%s would be answered by uplink %r (%s)", client, uplink, device)
        raise Refused(
            f"the way back to {client} leaves by an uplink: its side of the box is not the LAN"
            " ([web] allow_via_uplinks lets it in)",
            rule="uplink",
        )

    def _device_towards(self, client: IpAddress, local: str | None) -> str | None:
        """Return the device towards a client; None without a way, and for a link-local address without its link."""
        if isinstance(client, IPv6Address) and client.is_link_local:
            return client.scope_id
        return self.route_device(str(client), None if local is None else str(_address(local)))

    def _check_host(self, host: str) -> None:
        name = _host_name(host)
        if name and (_is_address(name) or name in {"localhost", *map(_plain, (self.hostname, *self.web.hosts))}):
            return
        what = "neither an address, localhost, this box's name, nor in [web] hosts"
        raise Refused(f"Host {host[:100]!r} is {what}", rule="host")

    def _note(self, refusal: Refused, peer: str) -> None:
        """Log a refusal, each rule once a minute at most: strangers must not fill the disk."""
        now = self.clock.boot()
        if now - self._logged_boot_s.get(refusal.rule, -_LOG_EVERY_S) >= _LOG_EVERY_S:
            self._logged_boot_s[refusal.rule] = now
            _log.info("refused %s: %s", peer, refusal)


def _address(text: str) -> IpAddress:
    """Return an address, an IPv4-mapped one as the IPv4 address it is."""
    try:
        address = ip_address(text)
    except ValueError:
        raise Refused(f"{text[:60]!r} is no address", rule="forwarding") from None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _forwarded_address(entry: str) -> IpAddress:
    """Return the address of one X-Forwarded-For entry, whose port some proxies add."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return _address(text)


def _is_in(address: IpAddress, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _host_name(host: str) -> str:
    """Return the name or address of a Host header, without port and brackets, in lower case; "" if it is malformed."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        return name if bracket and (not port or (port[0] == ":" and _is_port(port[1:]))) else ""
    name, colon, port = host.partition(":")
    return "" if colon and not _is_port(port) else _plain(name)


def _is_port(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit())


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
