from pathlib import Path

import pytest

from ispstatus.model.net import LinkStatus, Rule
from ispstatus.model.net import Path as NetPath
from ispstatus.net.kernel import (
    Capability,
    has_capability,
    may_use_ping_sockets,
    permission_problems,
    rp_filter,
    rp_filter_problem,
)
from tests.net.builders import rule


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for name, text in {
        "self/status": "Name:\tx\nCapEff:\t0000000000000000\n",
        "sys/net/ipv4/ping_group_range": "1\t0\n",
        "sys/net/ipv4/conf/all/rp_filter": "0\n",
        "sys/net/ipv4/conf/eth1/rp_filter": "1\n",
    }.items():
        put(tmp_path, name, text)
    return tmp_path


def put(proc: Path, name: str, text: str) -> None:
    (proc / name).parent.mkdir(parents=True, exist_ok=True)
    (proc / name).write_text(text)


def test_a_capability_is_read_from_the_effective_set(proc: Path) -> None:
    assert not has_capability(Capability.NET_RAW, proc=proc)

    put(proc, "self/status", "CapPrm:\t0000000000000000\nCapEff:\t0000000000002000\n")

    assert has_capability(Capability.NET_RAW, proc=proc)
    assert not has_capability(Capability.NET_ADMIN, proc=proc)


def test_what_cannot_be_read_is_no_capability(tmp_path: Path) -> None:
    assert not has_capability(Capability.NET_RAW, proc=tmp_path)


@pytest.mark.parametrize(
    ("range_", "groups", "may"),
    [("1 0", {0}, False), ("0 100", {100}, True), ("0 100", {101}, False), ("5 5", {1, 5}, True), ("", {0}, None)],
)
def test_ping_sockets_are_for_the_groups_in_range(proc: Path, range_: str, groups: set[int], may: bool | None) -> None:
    put(proc, "sys/net/ipv4/ping_group_range", range_)

    assert may_use_ping_sockets(proc=proc, groups=frozenset(groups)) is may


def test_without_any_right_both_problems_are_told(proc: Path) -> None:
    echo, marks = permission_problems(uses_marks=True, proc=proc)

    assert "CAP_NET_RAW" in echo
    assert "ping_group_range" in echo
    assert "mark" in marks


def test_ping_sockets_suffice_without_marks(proc: Path) -> None:
    put(proc, "sys/net/ipv4/ping_group_range", "0 4294967295")

    assert permission_problems(uses_marks=False, proc=proc) == ()
    assert len(permission_problems(uses_marks=True, proc=proc)) == 1


def test_raw_sockets_suffice_for_everything(proc: Path) -> None:
    put(proc, "self/status", "CapEff:\t0000000000002000\n")

    assert permission_problems(uses_marks=True, proc=proc) == ()


def test_the_stricter_reverse_path_filter_of_all_and_the_device_is_in_force(proc: Path) -> None:
    assert rp_filter("eth1", proc=proc) == 1

    put(proc, "sys/net/ipv4/conf/all/rp_filter", "2")

    assert rp_filter("eth1", proc=proc) == 2
    assert rp_filter("eth9", proc=proc) is None


def test_a_strict_filter_is_a_problem_only_where_a_mark_alone_leads(proc: Path) -> None:
    def problem(mark: int, *rules: Rule) -> str | None:
        path = NetPath(1, 4, "eth1", LinkStatus.UP, 0, source="198.51.100.2", table=101, mark=mark)
        return rp_filter_problem(path, rules, proc=proc)

    by_mark, by_source = rule(101, mark=0x101), rule(101, source="198.51.100.2/32")
    words = problem(0x101, by_mark, rule(254))

    assert words is not None
    assert "rp_filter is 1" in words
    assert "0x101" in words
    assert problem(0, by_mark) is None
    assert problem(0x101, by_mark, by_source) is None

    put(proc, "sys/net/ipv4/conf/eth1/rp_filter", "2")

    assert problem(0x101, by_mark) is None
