"""Running code and commands inside a network namespace, from any thread."""

import ctypes
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
# /proc/1/ns/net may be unreadable, and by name "here" changes: an open file is the way home.
_HOME_FD = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
HOME = Path(f"/proc/self/fd/{_HOME_FD}")


def enter(path: Path) -> None:
    """Move the calling thread into the network namespace at ``path`` (os.setns is Python 3.12)."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(fd, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(fd)


def inside(name: str, work: Callable[[], T]) -> T:
    """Run ``work`` in namespace ``name`` in this thread; sockets and children made by it stay there."""
    enter(Path("/run/netns") / name)
    try:
        return work()
    finally:
        enter(HOME)


def sh(*command: str, stdin: str | None = None, check: bool = True) -> str:
    """Run a command, return its output; RuntimeError with its own words when it fails."""
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}\n{stdin or ''}")
    return done.stdout


def batch(name: str | None, *lines: str) -> None:
    """Give ``ip`` several lines at once, inside namespace ``name`` (None: here)."""
    where = ("-n", name) if name else ()
    sh("ip", *where, "-batch", "-", stdin="".join(f"{line}\n" for line in lines))


def write_sysctls(name: str, values: dict[str, int]) -> None:
    """Set ``net.*`` switches of a namespace; those this kernel lacks are passed over."""

    def write() -> None:
        for key, value in values.items():
            path = Path("/proc/sys/net") / key
            if path.exists():
                path.write_text(str(value))

    inside(name, write)
