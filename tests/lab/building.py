"""How the lab's namespaces are made, joined and routed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.lab.lines import LAN_BOX, LAN_CLIENT, PING_TARGETS, PING_TARGETS6, SITES, Line
from tests.lab.netns import batch, sh, write_sysctls

if TYPE_CHECKING:
    from tests.lab.topology import WanLab

_LAN = "192.168.50.0/24"


def make_spaces(lab: "WanLab") -> None:
    """Make the namespaces, their switches and the Ethernet links between them."""
    batch(None, *(f"netns add {lab.ns(space)}" for space in lab.spaces))
    for space in lab.spaces:
        v6 = 0 if lab.ipv6 and space != "lan" else 1
        keys = ("all/disable_ipv6", "default/disable_ipv6")
        switches = {f"ipv6/conf/{key}": v6 for key in keys}
        switches |= {"ipv6/conf/all/accept_dad": 0, "ipv6/conf/default/accept_dad": 0}
        switches |= {"ipv4/conf/all/rp_filter": 2 if space == "box" else 0, "ipv4/icmp_ratelimit": 0}
        if space != "lan":
            switches |= {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1}
        write_sysctls(lab.ns(space), switches)
    batch(None, f"link add lan0 netns {lab.ns('box')} type veth peer name eth0 netns {lab.ns('lan')}")
    for line in lab.lines.values():
        if line.access == "ethernet":
            add_access(lab, line)
    addresses = [*PING_TARGETS, *(v4 for v4, _ in SITES.values())]
    lab.ip("inet", "link set lo up", *(f"addr add {address}/32 dev lo" for address in addresses))
    if lab.ipv6:
        addresses6 = [*PING_TARGETS6, *(v6 for _, v6 in SITES.values())]
        lab.ip("inet", *(f"addr add {address}/128 dev lo" for address in addresses6))
    for line in lab.lines.values():
        resolver = [f"addr add {line.resolver}/32 dev lo"] if line.resolver else []
        lab.ip(f"isp-{line.name}", "link set lo up", *resolver)


def add_access(lab: "WanLab", line: Line) -> None:
    """Plug the Ethernet cable between box and provider in."""
    ends = f"netns {lab.ns('box')} type veth peer name cust netns {lab.ns('isp-' + line.name)}"
    batch(None, f"link add {line.device} {ends}")


def connect(lab: "WanLab") -> None:
    """Give providers, internet and LAN their addresses and routes."""
    for line in lab.lines.values():
        connect_provider(lab, line)
        t, space = line.transit, f"isp-{line.name}"
        lab.ip(space, f"addr add {t}.1 peer {t}.2 dev up0", "link set up0 up", f"route add default via {t}.2 dev up0")
        lab.ip("inet", f"addr add {t}.2 peer {t}.1 dev to-{line.name}", f"link set to-{line.name} up")
        if lab.ipv6:
            t6 = line.transit6
            lab.ip(space, f"addr add {t6}1/64 dev up0", f"route add ::/0 via {t6}2 dev up0")
            lab.ip("inet", f"addr add {t6}2/64 dev to-{line.name}")
        back_routes(lab, line)
        if line.nat:
            masquerade = 'type nat hook postrouting priority 100; oifname "up0" masquerade;'
            lab.nft(space, f"table ip nat {{ chain post {{ {masquerade} }}\n}}")
        if line.gateway_is_silent:
            silence = "type filter hook input priority 0; icmp type echo-request drop;"
            lab.nft(space, f"table inet silent {{ chain c {{ {silence} }}\n}}")
    lan = [f"addr add {LAN_CLIENT}/24 dev eth0", "link set eth0 up", f"route add default via {LAN_BOX}"]
    lab.ip("lan", "link set lo up", *lan)
    lab.ip("box", "link set lo up", f"addr add {LAN_BOX}/24 dev lan0", "link set lan0 up")
    devices = ", ".join(line.device for line in lab.lines.values())
    chain = f"type nat hook postrouting priority 100; oifname {{ {devices} }} ip saddr {_LAN} masquerade;"
    lab.nft("box", f"table ip nat {{ chain post {{ {chain} }}\n}}")


def connect_provider(lab: "WanLab", line: Line) -> None:
    """Give the provider's end of the access link its addresses."""
    space = f"isp-{line.name}"
    if line.access == "ppp":
        lab.ip(space, f"addr replace {line.gateway} peer {line.source} dev cust", "link set cust up")
    else:
        lab.ip(space, f"addr replace {line.gateway}/{line.prefix_length} dev cust", "link set cust up")
    if lab.ipv6:
        lab.ip(space, f"addr replace {line.network6}1/64 dev cust")


def back_routes(lab: "WanLab", line: Line) -> None:
    """Let the internet know where the line's network is."""
    t = line.transit
    if line.nat:
        lab.ip("inet", f"route replace {t}.1 dev to-{line.name} scope link src {t}.2")
    else:
        lab.ip("inet", f"route replace {line.network} via {t}.1 dev to-{line.name}")
    if lab.ipv6:
        lab.ip("inet", f"route replace {line.network6}/64 via {line.transit6}1 dev to-{line.name}")


def box_links(lab: "WanLab", lines_of: Iterable[Line]) -> None:
    """Addresses, per-uplink tables, rules and main default routes of the box (idempotent)."""
    rules = sh("ip", "-n", lab.ns("box"), "rule") + sh("ip", "-6", "-n", lab.ns("box"), "rule")
    for line in lines_of:
        dev, table, metric = line.device, line.table, 100 * line.number
        via = f"dev {dev}" if line.access == "ppp" else f"via {line.gateway} dev {dev}"
        peer = f" peer {line.gateway}" if line.access == "ppp" else ""
        lines = [f"addr replace {address}{peer} dev {dev}" for address in line.addresses]
        lines.append(f"link set {dev} up")
        if line.access == "ethernet":
            lines.append(f"route replace {line.network} dev {dev} src {line.source} table {table}")
        lines.append(f"route replace default {via} src {line.source} table {table}")
        if line.in_main:
            lines.append(f"route replace default {via} metric {metric}")
        if f"fwmark {line.mark:#x}" not in rules:
            lines.append(f"rule add fwmark {line.mark:#x} lookup {table} priority {1000 + table}")
        for address in line.addresses if line.has_from_rule else ():
            bare = address.split("/")[0]
            if f"from {bare} " not in rules:
                lines.append(f"rule add from {bare} lookup {table} priority {2000 + table}")
        lab.ip("box", *lines)
        if lab.ipv6:
            _box_links6(lab, line, rules)


def _box_links6(lab: "WanLab", line: Line, rules: str) -> None:
    own, gateway, dev = f"{line.network6}10", f"{line.network6}1", line.device
    lines = [f"addr replace {own}/64 dev {dev}", f"route replace ::/0 via {gateway} dev {dev} table {line.table}"]
    if line.in_main:
        lines.append(f"route replace ::/0 via {gateway} dev {dev} metric {100 * line.number}")
    lab.ip("box", *lines)
    if f"from {own} " not in rules:
        rule = ("from", own, "lookup", str(line.table), "priority", str(2000 + line.table))
        sh("ip", "-6", "-n", lab.ns("box"), "rule", "add", *rule)
