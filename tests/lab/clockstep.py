"""Stepping the wall clock of one process, and of nothing else (``clockstep.c``, built when needed)."""

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clockstep.c")


class ClockStep:
    """The wall clock of the processes started with ``environment``; monotonic clocks are left alone."""

    def __init__(self, folder: Path) -> None:
        self._offset = folder / "clock-offset"
        self._library = folder / "clockstep.so"
        self.step_to(0)
        command = ["gcc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(_SOURCE), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)

    @staticmethod
    def why_not() -> str | None:
        """Say why clocks cannot be stepped here, or None."""
        return None if shutil.which("gcc") else "stepping a clock needs gcc"

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be started with."""
        return {"LD_PRELOAD": str(self._library), "CLOCKSTEP_FILE": str(self._offset)}

    def step_to(self, offset_s: float) -> None:
        """Let the clock differ from the machine's by ``offset_s``, from now on."""
        beside = self._offset.with_suffix(".new")
        beside.write_text(f"{offset_s}\n")
        beside.rename(self._offset)  # never seen empty
