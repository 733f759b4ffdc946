"""Eight megabytes kept for the day the disk is full: a full disk cannot even be freed by deleting rows."""

import os
from collections.abc import Callable
from pathlib import Path

BALLAST_BYTES = 8 * 1024 * 1024
FLOOR_BYTES = 4 * 1024 * 1024


class Disk:
    """Says whether there is room to write, and makes some once."""

    def __init__(
        self,
        database: Path,
        free_bytes: Callable[[Path], int],
        *,
        ballast_bytes: int = BALLAST_BYTES,
        floor_bytes: int = FLOOR_BYTES,
    ) -> None:
        self._directory = database.parent
        self._ballast = database.with_suffix(".ballast")
        self._free_bytes = free_bytes
        self._size = ballast_bytes
        self._floor = floor_bytes
        self.is_tight = False
        """The ballast had to be freed and does not lie there again yet."""

    @property
    def has_room(self) -> bool:
        """Whether the free space is over the floor."""
        return self._free_bytes(self._directory) >= self._floor

    @property
    def words(self) -> str:
        """What is left, for people."""
        free_mb = self._free_bytes(self._directory) / 1_000_000
        return f"{self._directory} has {free_mb:.1f} MB left, {self._floor / 1_000_000:.1f} MB are needed"

    def lay_ballast(self) -> None:
        """Have the ballast lie there, if there is plenty of room for it."""
        if self._ballast.exists():
            self.is_tight = False
            return
        if self._free_bytes(self._directory) < 2 * self._size + self._floor:
            return
        try:
            with self._ballast.open("xb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
            self.is_tight = False
        except OSError:
            self.drop_ballast()

    def drop_ballast(self) -> bool:
        """Free the ballast; return whether there was any."""
        try:
            self._ballast.unlink()
        except OSError:
            return False
        self.is_tight = True
        return True
