"""What the coordinator knows of the kernel: asked of a real one, in a namespace of the test's own."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.outlook import Outlook
from ispstatus.jobs.roster import Roster
from ispstatus.model.net import Path
from ispstatus.model.uplink import PingTarget, ProbePlan, Reflector, Uplink
from ispstatus.net.detect import DetectedUplink
from ispstatus.net.snapshot import take_snapshot
from tests.helpers.make import PLAN, an_uplink
from tests.jobs.living import a_live, sampler_told, told
from tests.net.builders import address, default, link, snapshot
from tests.net.namespace import Namespace, needs_namespaces

TARGETS = (PingTarget("192.0.2.1", "Alpha"), PingTarget("2001:db8:ffff::1", "Alpha"))
ASKED = ProbePlan(ping=TARGETS, http=PLAN.http, resolvers=None, resolve=PLAN.resolve)
ETH1 = (
    "link add eth1 type veth peer name far",
    "link set far up",
    "link set eth1 up",
    "address add 203.0.113.2/24 dev eth1",
)
BY_ROUTE = (*ETH1, "route add default via 203.0.113.1 dev eth1")
BY_MARK = (
    *ETH1,
    "route add default via 203.0.113.1 dev eth1 table 101",
    "rule add fwmark 0x101 lookup 101",
)


def look(space: Namespace, act: Callable[[Outlook, LiveUplink, Path], Any], uplink: Uplink | None = None) -> Any:
    """Return what ``act`` finds out in the namespace about an uplink by eth1."""
    uplink = uplink or an_uplink(plan=ASKED)

    def inside() -> Any:
        outlook, live = Outlook(SYSTEM, None), a_live(uplink)
        outlook.take(take_snapshot(SYSTEM))
        live.path = outlook.path_of(uplink)
        assert live.path is not None
        try:
            return act(outlook, live, live.path)
        finally:
            outlook.close()

    return space.call(inside)


@needs_namespaces
def test_a_default_route_by_the_uplink_proves_its_path(space: Namespace) -> None:
    space.ip(*BY_ROUTE)
    proof = look(space, lambda outlook, live, path: outlook.prove(live, path))

    assert proof.is_proven
    assert list(proof.routes) == ["192.0.2.1"]


@needs_namespaces
def test_one_target_that_would_leave_elsewhere_leaves_the_path_unproven(space: Namespace) -> None:
    space.ip(*BY_ROUTE, "route add 192.0.2.1/32 via 203.0.113.9")
    proof = look(space, lambda outlook, live, path: outlook.prove(live, path))

    assert not proof.is_proven
    assert "192.0.2.1" in proof.problems[0]


@needs_namespaces
def test_without_echo_targets_the_way_to_the_resolvers_is_proven(space: Namespace) -> None:
    space.ip(*BY_ROUTE)
    web_only = an_uplink(plan=ProbePlan(ping=(), http=PLAN.http, resolvers=None, resolve=PLAN.resolve))
    proof = look(space, lambda outlook, live, path: outlook.prove(live, path), web_only)

    assert proof.is_proven
    assert list(proof.routes) == ["1.1.1.1", "8.8.8.8"]


@needs_namespaces
@pytest.mark.parametrize(("strictness", "is_proven"), [("1", False), ("2", True), ("0", True)])
def test_replies_that_this_box_would_drop_are_no_evidence_against_the_uplink(
    space: Namespace, strictness: str, *, is_proven: bool
) -> None:
    space.ip(*BY_MARK)
    space.sysctl("ipv4/conf/all/rp_filter", "0")
    space.sysctl("ipv4/conf/eth1/rp_filter", strictness)

    def ask(outlook: Outlook, live: LiveUplink, path: Path) -> tuple[bool, tuple[str, ...]]:
        return outlook.prove(live, path).is_proven, outlook.problems(cast(Roster, [live]))

    proven, problems = look(space, ask, an_uplink(plan=ASKED, mark=0x101))
    assert proven is is_proven
    assert [("rp_filter is 1 (strict)" in problem) for problem in problems] == [True] * (not is_proven)


@needs_namespaces
def test_the_gateway_is_looked_up_among_the_neighbours(space: Namespace) -> None:
    space.ip(*BY_ROUTE, "neigh add 203.0.113.1 lladdr 02:00:00:00:00:01 dev eth1 nud permanent")

    assert look(space, lambda outlook, live, path: outlook.neighbour(path)) == "PERMANENT"


@needs_namespaces
def test_a_gateway_nobody_has_heard_of_has_no_neighbour_state(space: Namespace) -> None:
    space.ip(*ETH1, "route add default dev eth1")

    assert look(space, lambda outlook, live, path: outlook.neighbour(path)) is None


@needs_namespaces
def test_a_stream_is_aimed_at_what_is_proven_and_stopped_elsewhere(space: Namespace) -> None:
    space.ip(*BY_ROUTE)

    def aim(outlook: Outlook, live: LiveUplink, path: Path) -> list[Any]:
        outlook.aim(live)
        return told(live).aims

    [(path, targets, gateway, every_s)] = look(space, aim)
    assert (path.source, gateway, every_s) == ("203.0.113.2", "203.0.113.1", 1.0)
    assert targets == (TARGETS[0],)

    space.ip("route add 192.0.2.1/32 via 203.0.113.9")
    assert look(space, aim) == [(None, (), None, None)]


@needs_namespaces
def test_a_sampler_is_aimed_at_far_ends_that_are_proven_to_be_reached(space: Namespace) -> None:
    space.ip(*BY_ROUTE)
    uplink = an_uplink(plan=ASKED, reflector=Reflector("far.example"))

    def aim(outlook: Outlook, live: LiveUplink, path: Path) -> list[Any]:
        outlook.aim(live)
        live.addresses["far.example"] = "198.51.100.9"
        outlook.aim(live)
        unproven.update(live.unproven)
        return [(path is not None, len(tasks)) for path, tasks in sampler_told(live).aims]

    unproven: dict[str, str] = {}
    assert look(space, aim, uplink) == [(True, 0), (True, 6)]
    assert unproven == {}

    space.ip("route add 198.51.100.9/32 via 203.0.113.9")
    assert look(space, aim, uplink) == [(True, 0), (True, 0)], "it would be reached by somebody else"
    assert "203.0.113.9" in unproven["198.51.100.9"]

    space.ip("route add 192.0.2.1/32 via 203.0.113.9")
    assert look(space, aim, uplink) == [(False, 0), (False, 0)]


@needs_namespaces
def test_the_other_family_is_part_of_what_surrounds_an_uplink(space: Namespace) -> None:
    def around(outlook: Outlook, live: LiveUplink, _path: Path) -> Any:
        return outlook.around(live.uplink, 119.5)

    space.ip(*BY_ROUTE)
    alone = look(space, around)
    assert (alone.minute_ts, alone.other_proof) == (60, None)
    assert not alone.other_path.is_usable

    space.ip("address add 2001:db8:1::10/64 dev eth1 nodad", "route add default via 2001:db8:1::1 dev eth1")
    both = look(space, around)
    assert both.other_path.family == 6
    assert both.other_proof.is_proven


# -------------------------------------------------------------------- what is followed
FOUND = snapshot(
    [link(1, "lo"), link(2, "eth1", mac="02:00:00:00:00:01"), link(3, "eth2", mac="02:00:00:00:00:02")],
    [address(2, "203.0.113.2/24"), address(3, "198.51.100.2/24")],
    [default(2, "203.0.113.1", metric=10), default(3, "198.51.100.1", metric=20)],
)


def announced(*followed: Uplink, times: int = 1) -> list[list[str]]:
    told_of: list[list[str]] = []

    def hear(found: tuple[DetectedUplink, ...]) -> None:
        told_of.append([one.interface for one in found])

    outlook = Outlook(SYSTEM, hear)
    outlook.take(FOUND)
    for _ in range(times):
        outlook.detect(cast(Roster, [a_live(uplink) for uplink in followed]))
    return told_of


def found_before(interface: str, mac: str | None = None) -> Uplink:
    return an_uplink(name=interface, interface=interface, mac=mac, is_configured=False)


def test_a_default_route_nobody_follows_is_announced_once() -> None:
    assert announced(found_before("eth1"), times=2) == [["eth2"]]


def test_a_renamed_interface_is_known_by_its_hardware_address() -> None:
    assert announced(found_before("wan0", mac="02:00:00:00:00:01"), found_before("eth2")) == []


def test_a_file_that_names_uplinks_names_all_of_them() -> None:
    assert announced(an_uplink(interface="eth1")) == []


def test_before_the_kernel_was_read_nothing_is_known() -> None:
    outlook = Outlook(SYSTEM, None)

    assert outlook.path_of(an_uplink()) is None
    assert outlook.problems(cast(Roster, [a_live()])) == ()
    assert outlook.links(cast(Roster, [a_live()])) == {"fibre": "missing"}
