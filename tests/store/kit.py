"""A real database in a temporary directory, with a clock that moves when told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from ispstatus.actions.uplinks import register_uplinks
from ispstatus.clock import Clock
from ispstatus.model.uplink import Uplink
from ispstatus.store import half_minutes
from ispstatus.store.db import Db
from ispstatus.store.deflate import Piece, gzip_of, unzipped
from ispstatus.store.half_minutes import BySeries
from ispstatus.store.recover import open_sound
from ispstatus.store.runs import pack_run
from ispstatus.store.samples import put_runs
from tests.helpers.make import NOON_TS, an_uplink


@dataclass
class HandClock:
    """Wall time stands still until it is set; boot time runs."""

    wall_s: float = NOON_TS + 3600.0
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(wall=lambda: self.wall_s, boot=monotonic)


def a_database(directory: Path, hands: HandClock | None = None, *, uplinks: int = 1) -> Db:
    """Return an open, migrated database with so many uplinks, the first of them ``fibre`` with number 1."""
    db = open_sound(directory / "ispstatus.db", (hands or HandClock()).clock).db
    with db.transaction():
        register_uplinks(db, some_uplinks(uplinks))
    return db


def some_uplinks(count: int) -> list[Uplink]:
    """Return configured uplinks without numbers: fibre, line2, line3, ..."""
    return [an_uplink(id=0, name="fibre" if n == 1 else f"line{n}", interface=f"eth{n}") for n in range(1, count + 1)]


def damage(path: Path, start: int, count: int = 40) -> None:
    """Overwrite bytes in the middle of a file."""
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * count)


def halves_between(db: Db, start_ts: int, end_ts: int) -> BySeries:
    """Return the half minutes of every series there is."""
    numbers = [row[0] for row in db.rows("SELECT DISTINCT series_id FROM sample_30s")]
    return half_minutes.of_series(db, numbers, start_ts, end_ts)


class Room:
    """A disk with as much room as is said."""

    def __init__(self) -> None:
        self.free = 1_000_000

    def __call__(self, _path: Path) -> int:
        return self.free


def text_of(piece: Piece) -> bytes:
    """Return a piece's text, as whoever unzips an answer reads it; StorageError when it is damaged."""
    return b"".join(unzipped(gzip_of(b"", [piece], b"")))


def put_run(db: Db, ts: int, series: int, run: tuple[Sequence[int], Sequence[int | None]]) -> None:
    """Store one minute of samples: ``(offsets_ms, rtts_us)``."""
    put_runs(db, [(ts, series, pack_run(*run))])
