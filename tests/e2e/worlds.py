"""A lab with a daemon in it: what most end-to-end tests stand on."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.daemon import Daemon
from tests.lab.lines import THREE, Line
from tests.lab.topology import WanLab

NAMES = tuple(line.name for line in THREE)
UP = 2
DEGRADED = 1
DOWN = 0
UNKNOWN = None


@dataclass(frozen=True, slots=True)
class World:
    """The two halves."""

    lab: WanLab
    daemon: Daemon


def name_uplinks(lines: Sequence[Line] = THREE, extra: Mapping[str, str] | None = None) -> str:
    """Configuration that only gives the lines their names; ``extra``: more TOML for one uplink, by name."""
    entries = []
    for line in lines:
        more = (extra or {}).get(line.name, "")
        entries.append(f'[[uplink]]\nname = "{line.name}"\ninterface = "{line.device}"\n{more}\n')
    return "\n".join(entries)


@contextlib.contextmanager
def open_world(
    state_dir: Path,
    config: str | None = "",
    *,
    lines: Sequence[Line] = THREE,
    head: str = "",
    ipv6: bool = False,
) -> Iterator[World]:
    """Start lab and daemon. ``config`` "": name the lines, on defaults; None: no configuration file."""
    text = head + "\n" + name_uplinks(lines) if config == "" else config
    with WanLab(lines, ipv6=ipv6) as lab, Daemon(lab, state_dir, text) as daemon:
        yield World(lab, daemon)
