"""One writer per state directory."""

import fcntl
import os
from pathlib import Path

from ispstatus.model.errors import StorageError
from ispstatus.store.layout import hand_over


class WriterLock:
    """Held while a process may write; the kernel lets go of it when the process ends, however it ends."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_suffix(".lock")
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock; StorageError if another process has it or the directory cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            hand_over(self._path)
        except OSError as error:
            raise StorageError(f"cannot lock {self._path}: {error}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise StorageError(f"{self._path.parent} is in use by another running ispstatus: stop it first") from error
        self._handle = handle

    def release(self) -> None:
        """Let go of the lock; the file stays."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
