"""The resolvers a link was given by its provider (DHCP, router advertisement, PPP), found where each tool leaves them.

Every source is a small reader of files under ``root``; the first that knows this link wins. Only when none does,
``/etc/resolv.conf`` stands in: it belongs to the box, not to the link.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_Reader = Callable[[str, Path], Iterable[str]]

_RESOLV_CONF_OF_LINK = (
    "run/resolvconf/interfaces/{device}.*",
    "run/resolvconf/interface/{device}.*",
    "run/resolvconf/interfaces/{device}",
    "run/dhcpcd/hook-state/resolv.conf/{device}.*",
    "run/dhcpcd/resolv.conf/{device}.*",
    "run/ppp/resolv.conf.{device}",
    "etc/ppp/resolv/{device}",
)
_RESOLV_CONF_OF_PPP = ("run/ppp/resolv.conf", "etc/ppp/resolv.conf")
_DHCLIENT_LEASES = (
    "var/lib/dhcp/dhclient*.leases",
    "var/lib/dhcp/dhclient*.lease",
    "var/lib/dhclient/dhclient*.leases",
    "var/lib/NetworkManager/dhclient*.lease",
    "run/dhclient*.leases",
)
_RESOLV_CONF_OF_BOX = ("run/systemd/resolve/resolv.conf", "run/NetworkManager/no-stub-resolv.conf", "etc/resolv.conf")
_LEASE = re.compile(r"^lease6?\s*\{(.*?)^\}", re.MULTILINE | re.DOTALL)
_LEASE_SERVERS = re.compile(r"option\s+(?:domain-name-servers|dhcp6\.name-servers)\s+([^;]+);")


def link_resolvers(device: str, *, root: Path = Path("/")) -> tuple[str, ...]:
    """Return the addresses of the link's own resolvers, best first, each once; empty when nobody knows any.

    Loopback stubs are left out. A link-local address carries ``%device``; one of another device is left out.
    Files that are missing, unreadable or odd count as "does not know".
    """
    for reader in _READERS:
        found = tuple(dict.fromkeys(_usable(reader(device, root), device)))
        if found:
            return found
    return ()


def _usable(texts: Iterable[str], device: str) -> Iterator[str]:
    for text in texts:
        # networkd may write ADDRESS:PORT%IFACE#NAME; only the address concerns us
        bare, _, scope = text.strip().split("#")[0].partition("%")
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            continue
        if address.is_loopback or address.is_unspecified:
            continue
        if not address.is_link_local or address.version == 4:  # noqa: PLR2004
            yield str(address)
        elif not scope or scope == device or scope.isdigit():
            yield f"{address}%{device}"


def _of_resolved(device: str, root: Path) -> Iterator[str]:
    """systemd-resolved keeps what it was told per link; networkd what DHCP and router advertisements said."""
    index = _read(root / "sys/class/net" / device / "ifindex").strip()
    if not index:
        return
    yield from _values(_read(root / "run/systemd/resolve/netif" / index), "SERVERS")
    yield from _values(_read(root / "run/systemd/netif/links" / index), "DNS")
    yield from _values(_read(root / "run/systemd/netif/leases" / index), "DNS")


def _of_network_manager(device: str, root: Path) -> Iterator[str]:
    """NetworkManager's own DHCP client leaves one lease per connection and device."""
    for lease in _newest_first(root, f"var/lib/NetworkManager/internal-*-{device}.lease"):
        yield from _values(_read(lease), "DNS")
    index = _read(root / "sys/class/net" / device / "ifindex").strip()
    if index:
        state = _read(root / "run/NetworkManager/devices" / index)
        yield from _values(state, "domain_name_servers")
        yield from _values(state, "dhcp6_name_servers")


def _of_resolvconf(device: str, root: Path) -> Iterator[str]:
    """resolvconf, openresolv, dhcpcd and pppd write a resolv.conf per link."""
    for pattern in _RESOLV_CONF_OF_LINK:
        for path in sorted(_matches(root, pattern.format(device=device))):
            yield from _nameservers(_read(path))


def _of_dhclient(device: str, root: Path) -> Iterator[str]:
    """Return what the newest lease of this interface says; dhclient appends, so the last one counts."""
    for pattern in _DHCLIENT_LEASES:
        for path in _newest_first(root, pattern):
            servers = _lease_servers(_read(path), device)
            if servers:
                yield from servers
                return


def _of_ppp(device: str, root: Path) -> Iterator[str]:
    """pppd's ``usepeerdns`` file belongs to the PPP link that came up last; the only one, as a rule."""
    if device.startswith("ppp"):
        for name in _RESOLV_CONF_OF_PPP:
            yield from _nameservers(_read(root / name))


def _of_box(_: str, root: Path) -> Iterator[str]:
    for name in _RESOLV_CONF_OF_BOX:
        servers = list(_nameservers(_read(root / name)))
        if any(not server.startswith(("127.", "::1")) for server in servers):
            yield from servers
            return


_READERS: tuple[_Reader, ...] = (_of_resolved, _of_network_manager, _of_resolvconf, _of_dhclient, _of_ppp, _of_box)


def _lease_servers(text: str, device: str) -> list[str]:
    servers: list[str] = []
    for lease in _LEASE.findall(text):
        option = _LEASE_SERVERS.search(lease)
        if f'interface "{device}"' in lease and option:
            servers = [server.strip() for server in option.group(1).split(",")]
    return servers


def _nameservers(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            yield words[1]


def _values(text: str, key: str) -> Iterator[str]:
    """Yield the words of every ``KEY=one two`` line."""
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == key:
            yield from value.replace(",", " ").split()


def _newest_first(root: Path, pattern: str) -> list[Path]:
    return sorted(_matches(root, pattern), key=_modified, reverse=True)


def _matches(root: Path, pattern: str) -> list[Path]:
    try:
        return list(root.glob(pattern))
    except OSError:
        return []


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
