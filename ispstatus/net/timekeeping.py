"""Whether a time service keeps the wall clock right, asked of whoever knows. Nothing is changed."""

import ctypes
import socket
import struct
from collections.abc import Callable
from pathlib import Path

CHRONYD = ("127.0.0.1", 323)
"""Where chronyd answers chronyc unless it is configured otherwise."""

_ADJTIMEX_ERROR = 5
_STA_UNSYNC = 0x40
_TIMEX_BYTES = 208
_TIMEX_STATUS = 5 * ctypes.sizeof(ctypes.c_long) // ctypes.sizeof(ctypes.c_int)
"""Where ``status`` stands in ``struct timex``: behind one int (padded) and four longs."""

# chrony's command protocol, version 6.
_QUESTION = struct.Struct("!BB2xHHI92x")
"""Version, kind, command, attempt, sequence; as long as the answer, or there is none."""
_ANSWER = struct.Struct("!BB2xHHH6xI8x26xH")
"""Version, kind, command, reply, status, sequence, and of the tracking report the leap status."""
_VERSION, _REQUEST, _REPLY = 6, 1, 2
_TRACKING, _TRACKING_REPLY, _SEQUENCE = 33, 5, 1
_SUCCESS = 0
_NOT_SYNCHRONISED = 3
_ANSWER_S = 0.05


def kernel_says_synchronised() -> bool | None:
    """Ask adjtimex(2), changing nothing (``modes`` is 0). None where that is forbidden, as by ``ProtectClock=yes``."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        timex = (ctypes.c_int * (_TIMEX_BYTES // ctypes.sizeof(ctypes.c_int)))()
        state = libc.adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return state != _ADJTIMEX_ERROR and not timex[_TIMEX_STATUS] & _STA_UNSYNC


def clock_is_synchronised(
    *,
    root: Path = Path("/"),
    ask_kernel: Callable[[], bool | None] = kernel_says_synchronised,
    chronyd: tuple[str, int] = CHRONYD,
) -> bool | None:
    """Return whether a time service keeps the wall clock right: the word of systemd-timesyncd, the kernel, or chronyd.

    None when nobody can be asked. Takes no longer than 50 ms.
    """
    timesyncd = root / "run/systemd/timesync"
    if timesyncd.is_dir():
        return (timesyncd / "synchronized").exists()
    said = ask_kernel()
    return _chronyd_says_synchronised(chronyd) if said is None else said


def _chronyd_says_synchronised(chronyd: tuple[str, int]) -> bool | None:
    """Ask for the tracking report, as chronyc(1) does; anybody on this machine may."""
    question = _QUESTION.pack(_VERSION, _REQUEST, _TRACKING, 0, _SEQUENCE)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(_ANSWER_S)
            sock.connect(chronyd)
            sock.send(question)
            *words, leap = _ANSWER.unpack_from(sock.recv(_QUESTION.size))
    except (OSError, struct.error):
        return None
    expected = [_VERSION, _REPLY, _TRACKING, _TRACKING_REPLY, _SUCCESS, _SEQUENCE]
    return leap != _NOT_SYNCHRONISED if words == expected else None
