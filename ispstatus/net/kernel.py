"""What this box allows and how it is set, asked of the kernel. Nothing is changed, nothing raised."""

import os
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from ispstatus.model.net import Path as NetPath
from ispstatus.model.net import Rule

_STRICT = 1


class Capability(IntEnum):
    """The two capabilities probing can make use of, by their kernel numbers."""

    NET_ADMIN = 12
    NET_RAW = 13


def has_capability(capability: Capability, *, proc: Path = Path("/proc")) -> bool:
    """Return whether this process holds a capability now."""
    for line in _read(proc / "self/status").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> capability & 1)
    return False


def may_use_ping_sockets(*, proc: Path = Path("/proc"), groups: frozenset[int] | None = None) -> bool | None:
    """Return whether ``net.ipv4.ping_group_range`` admits one of our groups; None when it cannot be read."""
    ours = groups if groups is not None else frozenset((os.getegid(), *os.getgroups()))
    words = _read(proc / "sys/net/ipv4/ping_group_range").split()
    try:
        low, high = (int(word) for word in words)
    except ValueError:
        return None
    return any(low <= group <= high for group in ours)


def permission_problems(*, uses_marks: bool, proc: Path = Path("/proc")) -> tuple[str, ...]:
    """Return, as sentences for an operator, what probing lacks: echo sockets at all, or the right to set marks."""
    problems = []
    can_raw = has_capability(Capability.NET_RAW, proc=proc)
    if not can_raw and not may_use_ping_sockets(proc=proc):
        problems.append(
            "echo probes are impossible: give the process CAP_NET_RAW, or set net.ipv4.ping_group_range to its group"
        )
    if uses_marks and not (can_raw or has_capability(Capability.NET_ADMIN, proc=proc)):
        problems.append("uplinks with a mark cannot be probed: give the process CAP_NET_RAW (or CAP_NET_ADMIN)")
    return tuple(problems)


def rp_filter(device: str, *, proc: Path = Path("/proc")) -> int | None:
    """Return the reverse path filter in force on a device: 0 off, 1 strict, 2 loose; None when unreadable."""
    conf = proc / "sys/net/ipv4/conf"
    try:
        return max(int(_read(conf / name / "rp_filter")) for name in ("all", device))
    except ValueError:
        return None


def rp_filter_problem(path: NetPath, rules: Sequence[Rule], *, proc: Path = Path("/proc")) -> str | None:
    """Return a warning when replies would be dropped: strict filter, and only a mark leads out by this path.

    The way back is checked without the mark, so it finds another device and the reply is thrown away.
    """
    is_by_mark_alone = path.mark and not any(rule.table == path.table and rule.mark is None for rule in rules)
    if not is_by_mark_alone or rp_filter(path.device, proc=proc) != _STRICT:
        return None
    return (
        f"net.ipv4.conf.{path.device}.rp_filter is 1 (strict) and only mark {path.mark:#x} leads out by "
        f"{path.device}: replies would be dropped; set it to 2, or add a rule 'from {path.source}'"
    )


def is_mobile(device: str, *, sys: Path = Path("/sys/class/net")) -> bool:
    """Return whether the kernel calls a device a mobile modem's (``DEVTYPE=wwan``), whatever its name is."""
    return "DEVTYPE=wwan" in _read(sys / device / "uevent").splitlines()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
