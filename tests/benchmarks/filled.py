"""The lab with a daemon that remembers months: invented history of the lab's own three lines."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.worlds import NAMES, World, name_uplinks
from tests.lab.daemon import Daemon
from tests.lab.topology import REPOSITORY, WanLab


def fill(state_dir: Path, days: int) -> None:
    """Write ``days`` days of ``ispstatus demo`` for the lab's lines into an empty state directory."""
    config = state_dir.with_name(f"{state_dir.name}-demo.toml")
    config.write_text(name_uplinks())
    where = ["--state-dir", str(state_dir), "--config", str(config)]
    command = [sys.executable, "-m", "ispstatus", "demo", "--no-serve", "--days", str(days), *where]
    subprocess.run(command, check=True, capture_output=True, cwd=REPOSITORY)


@contextlib.contextmanager
def open_filled_world(days: int = 90) -> Iterator[World]:
    """Start lab and daemon on the defaults with ``days`` days behind it; every uplink is UP."""
    with tempfile.TemporaryDirectory(prefix="ispstatus-bench-") as folder:
        state_dir = Path(folder) / "state"
        fill(state_dir, days)
        with WanLab() as lab, Daemon(lab, state_dir, name_uplinks()) as daemon:
            daemon.wait_until_up(NAMES)
            yield World(lab, daemon)
