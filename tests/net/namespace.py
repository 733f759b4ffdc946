"""A network namespace of a test's own: links and routes are only ever changed in there, never on the host."""

import ctypes
import itertools
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
_numbers = itertools.count()

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and ip(8) for network namespaces of its own"
)


class Namespace:
    """One namespace: ``ip`` changes it, ``call`` runs Python in it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ip(self, *lines: str, family: int = 0) -> None:
        """Run ``ip`` commands, one a line, all in one process; ``family=6`` for rules of IPv6."""
        options = [f"-{family}"] if family else []
        subprocess.run(["ip", *options, "-n", self.name, "-batch", "-"], input="\n".join(lines), text=True, check=True)

    def sysctl(self, key: str, value: str) -> None:
        """Set one network sysctl of this namespace (``ipv6/conf/all/disable_ipv6``)."""
        self.call(lambda: Path("/proc/sys/net", key).write_text(value))

    def call(self, function: Callable[[], T]) -> T:
        """Return what ``function`` returns when run in the namespace, on a thread of its own that then ends."""
        result: list[Any] = []
        errors: list[BaseException] = []

        def inside() -> None:
            try:
                enter(self.name)
                result.append(function())
            except BaseException as error:  # noqa: BLE001 - raised again on the test's thread
                errors.append(error)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        returned: T = result[0]
        return returned


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Make a namespace with IPv6 on and take it away again."""
    space = Namespace(f"ispstatus-{os.getpid()}-{next(_numbers)}")
    subprocess.run(["ip", "netns", "add", space.name], check=True)
    try:
        for part in ("all", "default"):
            space.sysctl(f"ipv6/conf/{part}/disable_ipv6", "0")
            space.sysctl(f"ipv6/conf/{part}/accept_dad", "0")
        space.ip("link set lo up")
        yield space
    finally:
        subprocess.run(["ip", "netns", "del", space.name], check=True)


def enter(name: str) -> None:
    """Let the calling thread live in a namespace from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", name).open() as handle:
        if libc.setns(handle.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
