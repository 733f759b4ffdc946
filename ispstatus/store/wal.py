"""What a write-ahead log still holds when its database does not.

SQLite deletes the log of an empty or missing database on opening it. Given the database's first page back, which is in
the log when the schema is, it reads everything else from there (https://sqlite.org/fileformat2.html, section 4).
"""

import shutil
import struct
from pathlib import Path

from ispstatus.store.errors import CorruptFile, TryAgain
from ispstatus.store.layout import log_of

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = (0x377F0682, 0x377F0683)


def refuse_empty(path: Path) -> None:
    """Raise CorruptFile if there is a file with nothing in it, or none while its log lies there.

    SQLite would call either sound, and delete the log on opening it, be it for reading only.
    """
    size, log_size = _size(path), _size(log_of(path))
    if size == 0:
        raise CorruptFile(f"{path} is empty")
    if size is None and log_size:
        raise CorruptFile(f"{path} is gone, its write-ahead log is not")


def readable(kept: Path) -> Path:
    """Return what to read of the database set aside at ``kept``: itself or, if only its log has content, a stand-in."""
    if kept.exists() and kept.stat().st_size:
        return kept
    first = _first_page(log_of(kept))
    if first is None:
        return kept
    stand_in = kept.with_name(f"{kept.stem}-from-log{kept.suffix}")
    shutil.copyfile(log_of(kept), log_of(stand_in))
    stand_in.write_bytes(first)
    return stand_in


def _first_page(log: Path) -> bytes | None:
    """Return the newest first page in a log, None if there is none."""
    if not log.exists():
        return None
    found = None
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        magic, _, page_bytes, _, *salts, _, _ = _HEADER.unpack(header)
        if magic not in _MAGIC:
            return None
        while len(frame := file.read(_FRAME.size)) == _FRAME.size:
            number, _, *frame_salts, _, _ = _FRAME.unpack(frame)
            if frame_salts != salts:
                break
            page = file.read(page_bytes)
            if number == 1 and len(page) == page_bytes:
                found = page
    return found


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TryAgain(f"{path}: {error}") from error
