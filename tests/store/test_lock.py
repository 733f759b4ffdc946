"""One writer per state directory, however the one before ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ispstatus.model.errors import StorageError
from ispstatus.store.lock import WriterLock


def test_the_second_is_refused_in_words_until_the_first_lets_go(tmp_path: Path) -> None:
    first, second = WriterLock(tmp_path / "a.db"), WriterLock(tmp_path / "a.db")
    first.take()

    with pytest.raises(StorageError, match="in use by another running ispstatus: stop it first"):
        second.take()
    first.release()
    first.release()
    second.take()
    second.release()


def test_a_writer_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from ispstatus.store.lock import WriterLock;"
        f" WriterLock(Path({str(tmp_path / 'a.db')!r})).take(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)

    assert done.returncode == -9
    lock = WriterLock(tmp_path / "a.db")
    lock.take()
    lock.release()


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match="cannot lock"):
        WriterLock(tmp_path / "file" / "a.db").take()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_lock_that_root_took_can_be_taken_by_the_service_later(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1234)
    lock = WriterLock(tmp_path / "a.db")
    lock.take()
    lock.release()

    assert (tmp_path / "a.lock").stat().st_uid == 1234
