"""What the machine has left, read from /proc: no library, no subprocess."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """Disk, memory and this process; None for what cannot be read."""

    disk_free_bytes: int | None
    disk_total_bytes: int | None
    memory_available_bytes: int | None
    memory_total_bytes: int | None
    rss_bytes: int | None
    threads: int | None
    open_files: int | None

    @property
    def memory_available_pct(self) -> float | None:
        """Available of all memory, percent."""
        if self.memory_available_bytes is None or not self.memory_total_bytes:
            return None
        return 100 * self.memory_available_bytes / self.memory_total_bytes


def look_at_machine(state_dir: Path, proc: Path = Path("/proc")) -> MachineFacts:
    """Return the facts of this moment."""
    memory = _fields(proc / "meminfo")
    disk = _disk(state_dir)
    return MachineFacts(
        disk_free_bytes=disk and disk[1],
        disk_total_bytes=disk and disk[0],
        memory_available_bytes=_kib(memory.get("MemAvailable")),
        memory_total_bytes=_kib(memory.get("MemTotal")),
        rss_bytes=rss_bytes(proc),
        threads=_number(_fields(proc / "self" / "status").get("Threads")),
        open_files=_count(proc / "self" / "fd"),
    )


def rss_bytes(proc: Path = Path("/proc")) -> int | None:
    """Return the memory this process has resident."""
    try:
        return int((proc / "self" / "statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return None


def _fields(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    return {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines)}


def _kib(text: str | None) -> int | None:
    number = _number(text.removesuffix(" kB")) if text else None
    return None if number is None else number * 1024


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _count(folder: Path) -> int | None:
    try:
        return len(list(folder.iterdir()))
    except OSError:
        return None


def _disk(folder: Path) -> tuple[int, int] | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.total, usage.free
