"""The lab with a daemon that remembers months: invented history of the lab's own lines."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.e2e.worlds import World, name_uplinks
from tests.lab.daemon import Daemon
from tests.lab.far import FAR_NAME, far_end
from tests.lab.lines import THREE, Line
from tests.lab.topology import REPOSITORY, WanLab

TEN = tuple(
    Line(f"line{n}", f"line{n}", (f"203.0.{n}.10/24",), f"203.0.{n}.1", f"203.0.{n}.0/24", n) for n in range(1, 11)
)


def fill(state_dir: Path, days: int, lines: Sequence[Line] = THREE) -> None:
    """Write ``days`` days of ``ispstatus demo`` for the lab's lines into an empty state directory."""
    config = state_dir.with_name(f"{state_dir.name}-demo.toml")
    config.write_text(name_uplinks(lines))
    where = ["--state-dir", str(state_dir), "--config", str(config)]
    command = [sys.executable, "-m", "ispstatus", "demo", "--no-serve", "--days", str(days), *where]
    subprocess.run(command, check=True, capture_output=True, cwd=REPOSITORY)


@contextlib.contextmanager
def open_filled_world(days: int = 90, lines: Sequence[Line] = THREE, *, is_sampled: bool = False) -> Iterator[World]:
    """Start lab and daemon on the defaults with ``days`` days behind it; every uplink is UP.

    ``is_sampled``: with a reflector in the lab's internet, every uplink is sampled by all six protocols.
    """
    with tempfile.TemporaryDirectory(prefix="ispstatus-bench-") as folder, contextlib.ExitStack() as stack:
        state_dir = Path(folder) / "state"
        fill(state_dir, days, lines)
        lab = stack.enter_context(WanLab(lines))
        head = ""
        if is_sampled:
            stack.enter_context(far_end(lab, Path(folder) / "far"))
            head = f'[reflector]\nhost = "{FAR_NAME}"\n'
        daemon = stack.enter_context(Daemon(lab, state_dir, head + name_uplinks(lines)))
        daemon.wait_until_up([line.name for line in lines], within_s=30)
        yield World(lab, daemon)
