"""Snapshots in a few words, for tests of what is worked out from them."""

from ispstatus.model.net import Address, DefaultRoute, Link, LinkStatus, NetSnapshot, Rule
from ispstatus.model.uplink import Family, ProbePlan, QualityLimits, Threshold, Uplink

PLAN = ProbePlan(ping=(), http=(), resolvers=None, resolve=())
LIMITS = QualityLimits(Threshold(5, 2))


def uplink(interface: str = "eth1", **values: object) -> Uplink:
    return Uplink(id=1, name=interface, interface=interface, plan=PLAN, limits=LIMITS, **values)  # type: ignore[arg-type]


def link(index: int, name: str, **values: object) -> Link:
    return Link(index, name, **{"status": LinkStatus.UP, **values})  # type: ignore[arg-type]


def address(ifindex: int, text: str, peer: str | None = None) -> Address:
    bare, _, bits = text.partition("/")
    family: Family = 6 if ":" in bare else 4
    return Address(ifindex, family, bare, int(bits), peer)


def default(ifindex: int, gateway: str | None, **values: object) -> DefaultRoute:
    family: Family = 6 if gateway and ":" in gateway else 4
    facts = {"family": family, "table": 254, "ifindex": ifindex, "gateway": gateway}
    return DefaultRoute(**{**facts, **values})  # type: ignore[arg-type]


def rule(table: int, **values: object) -> Rule:
    return Rule(**{"family": 4, "priority": 100, "table": table, **values})  # type: ignore[arg-type]


def snapshot(
    links: list[Link] | None = None,
    addresses: list[Address] | None = None,
    routes: list[DefaultRoute] | None = None,
    rules: list[Rule] | None = None,
) -> NetSnapshot:
    return NetSnapshot(1, 0.0, tuple(links or ()), tuple(addresses or ()), tuple(routes or ()), tuple(rules or ()))
