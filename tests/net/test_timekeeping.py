"""Whether the clock is kept right is asked of whoever knows: systemd-timesyncd, the kernel, chronyd."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ispstatus.net.timekeeping import clock_is_synchronised

NOBODY = ("127.0.0.1", 1)


def forbidden() -> None:
    """What asking the kernel comes to in the unit's sandbox."""


@contextmanager
def chronyd(answer: bytes) -> Iterator[tuple[str, int]]:
    """One that gives this answer, with the sequence number it was asked with, to one question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)

        def answer_once() -> None:
            question, peer = sock.recvfrom(1000)
            assert len(question) >= len(answer)  # else the real one stays silent
            assert question[:6] == bytes((6, 1, 0, 0, 0, 33))
            sock.sendto(answer[:16] + question[8:12] + answer[20:], peer)

        thread = threading.Thread(target=answer_once)
        thread.start()
        try:
            yield sock.getsockname()
        finally:
            thread.join()


def report(leap: int, *, version: int = 6, status: int = 0) -> bytes:
    """What chronyd answers to ``chronyc tracking``."""
    head = struct.pack("!BBxxHHHHHHIII", version, 2, 33, 5, status, 0, 0, 0, 0, 0, 0)
    return head + struct.pack("!4s20sHH48x", b"LOCL", bytes(20), 3, leap)


def test_timesyncd_says_it_with_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "run/systemd/timesync"
    folder.mkdir(parents=True)
    assert clock_is_synchronised(root=tmp_path, ask_kernel=forbidden) is False
    (folder / "synchronized").touch()
    assert clock_is_synchronised(root=tmp_path, ask_kernel=forbidden) is True


def test_without_it_the_kernel_is_asked_and_gives_an_answer(tmp_path: Path) -> None:
    assert clock_is_synchronised(root=tmp_path, chronyd=NOBODY) in (True, False)


@pytest.mark.parametrize("said", [True, False])
def test_the_kernels_word_is_taken_where_it_may_be_asked(tmp_path: Path, *, said: bool) -> None:
    assert clock_is_synchronised(root=tmp_path, ask_kernel=lambda: said, chronyd=NOBODY) is said


@pytest.mark.parametrize(("leap", "is_kept"), [(0, True), (1, True), (2, True), (3, False)])
def test_else_chronyd_is_asked(tmp_path: Path, leap: int, is_kept: bool) -> None:
    with chronyd(report(leap)) as address:
        assert clock_is_synchronised(root=tmp_path, ask_kernel=forbidden, chronyd=address) is is_kept


@pytest.mark.parametrize("answer", [report(0, version=5), report(0, status=2), report(0)[:40], b""])
def test_an_answer_it_does_not_understand_says_nothing(tmp_path: Path, answer: bytes) -> None:
    with chronyd(answer) as address:
        assert clock_is_synchronised(root=tmp_path, ask_kernel=forbidden, chronyd=address) is None


def test_where_nobody_can_be_asked_nothing_is_known(tmp_path: Path) -> None:
    assert clock_is_synchronised(root=tmp_path, ask_kernel=forbidden, chronyd=NOBODY) is None
