"""A far end in the lab's internet: ``ispstatus reflector`` as an operator would run it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ispstatus.model.uplink import Reflector
from tests.lab.topology import REPOSITORY, WanLab

FAR_NAME = "far.lab.test"
"""What the lab's resolvers call it."""
FAR_ADDRESS = "93.184.215.80"
FAR = Reflector(FAR_NAME)
_READY_S = 20.0


@contextmanager
def far_end(lab: WanLab, state_dir: Path) -> Iterator[Reflector]:
    """Run a reflector on the usual ports, which answers every line of the lab."""
    sources = [net for line in lab.lines.values() for net in line.seen_sources if ":" not in net]
    command = [sys.executable, "-m", "ispstatus", "reflector", "--state-dir", str(state_dir), "--listen", "0.0.0.0"]
    for source in sources:
        command += ["--allow", source]
    process = lab.popen(
        "inet", *command, over={}, cwd=REPOSITORY, env=dict(os.environ), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_until_ready(process)
        yield FAR
    finally:
        process.kill()
        process.wait(10)
        if process.stderr:
            process.stderr.close()


def _wait_until_ready(process: "subprocess.Popen[bytes]") -> None:
    """Read what it says until it is ready; somebody goes on reading, so that it never waits for us."""
    ready = threading.Event()
    said: list[bytes] = []

    def read() -> None:
        assert process.stderr
        try:
            for line in process.stderr:
                said.append(line)
                if line.startswith(b"ready: "):
                    ready.set()
        except ValueError:  # closed under our hands: the test is over
            return

    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(_READY_S):
        raise AssertionError(f"the reflector was not ready: {b''.join(said)!r}")
