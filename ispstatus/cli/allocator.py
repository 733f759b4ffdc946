"""The C library's allocator, told to give back what a large answer took.

By default glibc keeps an arena per thread and, after the first large buffer was freed, keeps the later ones too. A
daemon that serves a few megabytes now and then grows by their sum (tests/benchmarks/bench_memory.py has the figures).
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 128 * 1024


def keep_little() -> None:
    """Use one arena, and have large buffers come from and go back to the kernel. Call it before any thread starts.

    Another C library than glibc stays as it is.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _LARGE_BYTES), (_M_TRIM_THRESHOLD, _LARGE_BYTES)):
        tell(option, value)
