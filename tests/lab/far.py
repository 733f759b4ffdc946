"""A far end in the lab's internet: ``ispstatus reflector`` as an operator would run it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ispstatus.model.uplink import Family, Reflector
from tests.lab.lines import SITES
from tests.lab.topology import REPOSITORY, WanLab, hurry

FAR_NAME = "far.lab.test"
"""What the lab's resolvers call it."""
FAR_ADDRESS, FAR_ADDRESS6 = SITES["lab.test"]
FAR = Reflector(FAR_NAME)
_READY_S = 20.0


@contextmanager
def far_end(lab: WanLab, state_dir: Path, family: Family = 4) -> Iterator[Reflector]:
    """Run a reflector on the usual ports, which answers every line of the lab as a machine of its own would."""
    is_v6 = family != 4
    sources = [net for line in lab.lines.values() for net in line.seen_sources if (":" in net) == is_v6]
    listen = "::" if is_v6 else "0.0.0.0"
    command = [sys.executable, "-m", "ispstatus", "reflector", "--state-dir", str(state_dir), "--listen", listen]
    for source in sources:
        command += ["--allow", source]
    process = lab.popen(
        "inet", *command, over={}, cwd=REPOSITORY, env=dict(os.environ), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_until_ready(process)
        hurry(process.pid)
        lab.hurry()
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
