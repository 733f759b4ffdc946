"""Where the box is, as gpsd says: a client of its JSON protocol (gpsd_json(5)) that never waits long."""

import json
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from ispstatus.clock import Clock
from ispstatus.model.radio import Position

FIX_STANDS_S = 15.0
"""How long a fix is believed."""
CONNECT_S = 1.0

_WATCH = b'?WATCH={"enable":true,"json":true};\n'
_TWO_DIMENSIONS, _THREE_DIMENSIONS = 2, 3
_LONGEST_LINE = 1 << 16


class GpsdClient:
    """Follows one gpsd. One thread."""

    def __init__(self, place: str, clock: Clock) -> None:
        """``place``: ``HOST:PORT``, an IPv6 host in brackets."""
        self.place = place
        self._clock = clock
        self._sock: socket.socket | None = None
        self._unread = b""
        self._fix: tuple[float, Position] | None = None

    def position(self) -> Position | None:
        """Return the newest fix not older than 15 s; None while there is none, or nobody answers."""
        try:
            if self._sock is None:
                self._connect()
            else:
                self._drain(self._sock)
        except OSError:
            self.close()
        if self._fix is None or self._clock.boot() - self._fix[0] > FIX_STANDS_S:
            return None
        return self._fix[1]

    def close(self) -> None:
        """Hang up; asking again connects again."""
        if self._sock is not None:
            self._sock.close()
        self._sock, self._unread = None, b""

    def _connect(self) -> None:
        parts = urlsplit(f"//{self.place}")
        self._sock = socket.create_connection((parts.hostname, parts.port), timeout=CONNECT_S)
        self._sock.sendall(_WATCH)
        self._sock.settimeout(0.0)

    def _drain(self, sock: socket.socket) -> None:
        """Take every whole line that has come. OSError when the connection has ended."""
        with suppress(BlockingIOError):
            while part := sock.recv(_LONGEST_LINE):
                *lines, self._unread = (self._unread + part).split(b"\n")
                for line in lines:
                    self._take(line)
                if len(self._unread) > _LONGEST_LINE:
                    raise OSError("a line without an end")
            raise ConnectionResetError("gpsd has hung up")

    def _take(self, line: bytes) -> None:
        report = read_report(line)
        if report is not None:
            self._fix = (self._clock.boot(), report)


def read_report(line: bytes) -> Position | None:
    """Return the position of a TPV report with a fix; None for anything else."""
    try:
        report: Any = json.loads(line)
        mode = report.get("mode", 0) if report.get("class") == "TPV" else 0
        if mode < _TWO_DIMENSIONS:
            return None
        altitude = report.get("altMSL", report.get("alt")) if mode >= _THREE_DIMENSIONS else None
        return Position(float(report["lat"]), float(report["lon"]), None if altitude is None else float(altitude))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
