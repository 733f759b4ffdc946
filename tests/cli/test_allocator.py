"""The C library is told to keep little of what large answers took."""

import ctypes
import subprocess
import sys

import pytest

from ispstatus.cli.allocator import keep_little

_SCRIPT = """
import ctypes, os, sys, threading
from ispstatus.cli.allocator import keep_little

if sys.argv[1] == "told":
    keep_little()
together = threading.Barrier(8)

def take():
    held = [b"x" * 2000 for _ in range(1000)]
    together.wait()

threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(os.dup(1), b"w")))
libc.fflush(None)
"""


def arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _SCRIPT, how], capture_output=True, text=True, check=True)
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="needs glibc")
def test_all_threads_share_one_arena() -> None:
    assert arenas("told") == 1
    assert arenas("untold") > 1


def test_another_c_library_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())

    keep_little()
