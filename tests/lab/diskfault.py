"""A disk that is cut off under one process, for files of one name (``diskfault.c``, built when needed)."""

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("diskfault.c")


class DiskFault:
    """Input/output errors in the processes started with ``environment``, while the disk is cut off."""

    def __init__(self, folder: Path, name: str) -> None:
        """``name``: part of the names of the files that cannot be written."""
        self._flag = folder / "disk-is-cut-off"
        self._library = folder / "diskfault.so"
        self._name = name
        command = ["gcc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(_SOURCE), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)

    @staticmethod
    def why_not() -> str | None:
        """Say why a disk cannot be cut off here, or None."""
        return None if shutil.which("gcc") else "cutting off a disk needs gcc"

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be started with."""
        return {
            "LD_PRELOAD": str(self._library),
            "DISKFAULT_FILE": str(self._flag),
            "DISKFAULT_NAME": self._name,
        }

    def cut_off(self) -> None:
        """From now on nothing is written."""
        self._flag.touch()

    def bring_back(self) -> None:
        """From now on everything works again."""
        self._flag.unlink(missing_ok=True)
