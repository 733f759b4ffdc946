"""Everything that can happen to one uplink, and how it is undone.

``inject(lab, name, uplink)`` returns the wall time just after the fault took hold; ``heal`` undoes every fault.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.lab import building
from tests.lab.lines import Line
from tests.lab.netns import batch, sh
from tests.lab.topology import WanLab

Fault = Callable[..., None]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    """Register a fault under its function's name."""
    FAULTS[function.__name__] = function
    return function


def inject(lab: WanLab, name: str, uplink: str, **details: Any) -> float:
    """Break ``uplink``; returns the wall time (epoch seconds) at which it was broken."""
    FAULTS[name](lab, lab.lines[uplink], **details)
    return time.time()


def heal(lab: WanLab, uplink: str | None = None) -> float:
    """Undo every fault of one uplink (or all, and of the far end); returns the wall time when it was whole."""
    lab.control("clean", uplink=uplink)
    lines = [line for line in lab.lines.values() if uplink in (None, line.name)]
    for line in lines:
        _heal_access(lab, line)
        _heal_provider(lab, line)
    building.box_links(lab, lines)
    return time.time()


def _heal_access(lab: WanLab, line: Line) -> None:
    renamed = f"was-{line.device}"
    links = sh("ip", "-n", lab.ns("box"), "-br", "link")
    if renamed in links:
        lab.ip("box", f"link set {renamed} down", f"link set {renamed} name {line.device}")
    elif line.device not in links:
        building.add_access(lab, line)
        building.connect_provider(lab, line)
    elif line.access == "ethernet" and _has_other_address(lab, line):
        lab.ip("box", f"addr flush dev {line.device}")
    if line.access == "ppp":
        lab.control("carrier", name=f"{line.name}-access", is_up=True)
    lab.ip(f"isp-{line.name}", "link set cust up")


def _has_other_address(lab: WanLab, line: Line) -> bool:
    shown = sh("ip", "-n", lab.ns("box"), "-4", "-br", "addr", "show", "dev", line.device).split()[2:]
    return not set(shown) <= set(line.addresses)


def _heal_provider(lab: WanLab, line: Line) -> None:
    space = f"isp-{line.name}"
    lab.ip(space, f"route replace default via {line.transit}.2 dev up0")
    for device in ("cust", "up0"):
        lab.call(space, partial(sh, "tc", "qdisc", "del", "dev", device, "root", check=False))
    tables = [row.split()[1:3] for row in lab.call(space, lambda: sh("nft", "list", "tables")).splitlines()]
    if drop := "".join(f"delete table {family} {name}\n" for family, name in tables if name.startswith("f_")):
        lab.nft(space, drop)
    seen_as = line.seen_sources[0]
    for other in lab.lines:
        if other != line.name:
            sh("ip", "-n", lab.ns(f"isp-{other}"), "route", "del", seen_as, check=False)
    building.back_routes(lab, line)


def _table(lab: WanLab, line: Line, name: str, hook: str, rule: str) -> None:
    text = f"table inet f_{name} {{ chain c {{ type filter hook {hook} priority 0; {rule} }}\n}}"
    lab.nft(f"isp-{line.name}", text)


@fault
def carrier_down(lab: WanLab, line: Line) -> None:
    """The cable is out."""
    if line.access == "ppp":
        lab.control("carrier", name=f"{line.name}-access", is_up=False)
    else:
        lab.ip(f"isp-{line.name}", "link set cust down")


@fault
def admin_down(lab: WanLab, line: Line) -> None:
    """Somebody shut the interface."""
    lab.ip("box", f"link set {line.device} down")


@fault
def blackhole(lab: WanLab, line: Line) -> None:
    """The gateway answers, nothing beyond does."""
    lab.control("wire", name=line.name, loss=1.0)


@fault
def unreachable(lab: WanLab, line: Line) -> None:
    """The provider's router has lost its upstream and says so (ICMP net unreachable)."""
    lab.ip(f"isp-{line.name}", "route replace unreachable default")


@fault
def loss(lab: WanLab, line: Line, pct: float = 30, direction: int | None = None) -> None:
    """Random loss, ``pct`` in each direction (30 each way: 51 % of pings)."""
    lab.control("wire", name=line.name, loss=pct / 100, direction=direction)


@fault
def latency(lab: WanLab, line: Line, ms: float = 600, jitter_ms: float = 50) -> None:
    """Round trips become ``ms`` +/- ``jitter_ms`` longer."""
    lab.control("wire", name=line.name, delay_ms=ms / 2, jitter_ms=jitter_ms / 2)


@fault
def mtu(lab: WanLab, line: Line, size: int = 1300) -> None:
    """Packets longer than ``size`` vanish without ICMP."""
    lab.control("wire", name=line.name, mtu=size)


@fault
def rate(lab: WanLab, line: Line, kbit: int = 256) -> None:
    """The line towards the box is slow, with a deep queue: latency under load."""
    _shape(lab, line, "cust", kbit)


@fault
def rate_up(lab: WanLab, line: Line, kbit: int = 256) -> None:
    """The line from the box is slow, with a deep queue."""
    _shape(lab, line, "up0", kbit)


def _shape(lab: WanLab, line: Line, device: str, kbit: int) -> None:
    shape = ("rate", f"{kbit}kbit", "burst", "4kb", "latency", "400ms")
    lab.call(f"isp-{line.name}", lambda: sh("tc", "qdisc", "replace", "dev", device, "root", "tbf", *shape))


@fault
def dns_drop(lab: WanLab, line: Line) -> None:
    """Only DNS is dead on this uplink."""
    _table(lab, line, "dns", "forward", "meta l4proto { tcp, udp } th dport 53 drop;")


@fault
def icmp_drop(lab: WanLab, line: Line) -> None:
    """The provider filters ping; HTTP is fine."""
    _table(lab, line, "icmp", "forward", "icmp type echo-request drop;")


@fault
def gw_silent(lab: WanLab, line: Line) -> None:
    """The gateway stops answering pings; the outside is fine."""
    _table(lab, line, "gws", "input", "icmp type echo-request drop;")


@fault
def resolver_dead(lab: WanLab, line: Line) -> None:
    """The provider's own resolver is silent; public ones answer."""
    _table(lab, line, "res", "input", "meta l4proto { tcp, udp } th dport 53 drop;")


@fault
def captive(lab: WanLab, line: Line) -> None:
    """HTTP is answered by a login redirect, HTTPS reset; ping still works."""
    nat = 'type nat hook prerouting priority -100; iifname "cust" tcp dport 80 redirect to :8080;'
    reset = 'type filter hook forward priority 0; iifname "cust" tcp dport 443 reject with tcp reset;'
    lab.nft(f"isp-{line.name}", f"table ip f_captive {{ chain pre {{ {nat} }}\n chain rst {{ {reset} }}\n}}")


@fault
def captive_without_ping(lab: WanLab, line: Line) -> None:
    """A portal that lets nothing else through."""
    captive(lab, line)
    icmp_drop(lab, line)


@fault
def asymmetric(lab: WanLab, line: Line, via: str | None = None) -> None:
    """Answers come back over another uplink, where nobody asked."""
    other = next(o for o in lab.lines.values() if o.name != line.name and via in (None, o.name))
    lab.ip("inet", f"route replace {line.seen_sources[0]} via {other.transit}.1 dev to-{other.name}")
    lab.ip(f"isp-{other.name}", f"route replace {line.seen_sources[0]} via {other.source} dev cust")


@fault
def no_address(lab: WanLab, line: Line) -> None:
    """The lease is lost: link up, no address."""
    lab.ip("box", f"addr flush dev {line.device}")


@fault
def gone(lab: WanLab, line: Line) -> None:
    """The modem is unplugged: the device vanishes, and comes back with a new index."""
    lab.ip("box", f"link del {line.device}")


@fault
def no_route(lab: WanLab, line: Line) -> None:
    """Every default route of the uplink is gone; link and address stay."""
    lab.ip("box", f"route del default dev {line.device} table {line.table}")
    if line.in_main:
        lab.ip("box", f"route del default dev {line.device}")


@fault
def renamed(lab: WanLab, line: Line) -> None:
    """The device gets another name (udev, a new kernel); routes are put back under it."""
    new, via = f"was-{line.device}", f"via {line.gateway} dev was-{line.device}"
    lab.ip("box", f"link set {line.device} down", f"link set {line.device} name {new}", f"link set {new} up")
    lab.ip("box", f"route replace {line.network} dev {new} src {line.source} table {line.table}")
    lab.ip("box", f"route replace default {via} table {line.table}")
    lab.ip("box", f"route replace default {via} metric {100 * line.number}")


@fault
def renumbered(lab: WanLab, line: Line, address: str) -> None:
    """A new lease gives another address of the same network (with prefix length)."""
    dev, via, bare = line.device, f"via {line.gateway} dev {line.device}", address.split("/")[0]
    lab.ip("box", f"addr flush dev {dev}", f"addr add {address} dev {dev}")
    lab.ip("box", f"route replace {line.network} dev {dev} src {bare} table {line.table}")
    lab.ip("box", f"route replace default {via} table {line.table}", f"route replace default {via} metric 100")
    sh("ip", "-n", lab.ns("box"), "rule", "add", "from", bare, "lookup", str(line.table), "priority", "2500")


@fault
def flap(lab: WanLab, line: Line, times: int = 5, period_s: float = 0.4) -> None:
    """The carrier comes and goes; it ends up."""
    for _ in range(times):
        for state in ("down", "up"):
            batch(lab.ns(f"isp-{line.name}"), f"link set cust {state}")
            time.sleep(period_s / 2)


def in_background(lab: WanLab, name: str, uplink: str, **details: Any) -> threading.Thread:
    """Inject a fault that lasts (``flap``) from a thread of its own."""
    thread = threading.Thread(target=inject, args=(lab, name, uplink), kwargs=details, daemon=True)
    thread.start()
    return thread


def service(lab: WanLab, *, uplink: str | None = None, host: str | None = None, dns: str = "", http: str = "") -> None:
    """Change how the far end treats one uplink (or all): see ``dnsd.Mode`` and ``webd.Mode``."""
    for kind, mode in (("dns", dns), ("http", http)):
        if mode:
            lab.control("service", kind=kind, mode=mode, uplink=uplink, host=host)
