"""Kills under load: clients ask, a cable is pulled, the daemon dies; what it called persisted must be in the file."""

import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.lab import faults
from tests.lab.daemon import Daemon

DATABASE = "ispstatus.db"
_PULLED = "bgp"
_SEVERITY = {None: 0, 2: 1, 1: 2, 0: 3}
"""Of the states' codes, as the store counts them."""
_UNTOLD = _SEVERITY[None]
"""What is not in the file is unknown."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One uplink in an answer that said ``persisted: true``. Moments are epoch seconds."""

    name: str
    state: int | None
    since: float
    is_live: bool
    """Of a cycle run for this request: then its minute was promised too."""
    started: float
    measured: float

    @classmethod
    def of(cls, uplink: dict[str, Any]) -> "Promise":
        """What the answer said of one uplink."""
        since, started, measured = (_epoch(uplink[f"{edge}_utc"]) for edge in ("since", "started", "measured"))
        return cls(uplink["name"], uplink["state"], since, uplink["live"], started, measured)


def _epoch(moment: str | None) -> float:
    return 0.0 if moment is None else datetime.fromisoformat(moment).timestamp()


class Load:
    """Three clients and a cable; remembers every promise. Runs from its making until ``stop``."""

    def __init__(self, daemon: Daemon, *, is_pulling: bool = True) -> None:
        self._daemon = daemon
        self.promised: set[Promise] = set()
        self.answers = 0
        self._stop = threading.Event()
        works = (self._ask, self._ask, self._ask, *([self._pull] if is_pulling else []))
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        while not self._stop.wait(0.02):
            with contextlib.suppress(OSError, HTTPException, ValueError, AssertionError):
                answer = self._daemon.status(cached=random.random() < 0.6)
                self.answers += 1
                if answer["persisted"]:
                    self.promised |= {Promise.of(uplink) for uplink in answer["uplinks"]}

    def wait_for_promise(self, within_s: float = 10.0) -> None:
        """Wait until an answer has said that it is stored."""
        deadline = time.monotonic() + within_s
        while not self.promised:
            assert time.monotonic() < deadline, f"nothing was promised within {within_s} s"
            time.sleep(0.05)

    def _pull(self) -> None:
        while not self._stop.wait(random.uniform(0.1, 0.6)):
            faults.inject(self._daemon.lab, "carrier_down", _PULLED)
            if not self._stop.wait(random.uniform(0.1, 0.6)):
                faults.heal(self._daemon.lab, _PULLED)

    def stop(self) -> None:
        """Stop and heal."""
        self._stop.set()
        for thread in self._threads:
            thread.join(20)
        faults.heal(self._daemon.lab, _PULLED)


@dataclass(slots=True)
class Kills:
    """What a number of kills came to."""

    answers: int = 0
    promised: int = 0
    down_promised: int = 0
    corrupt: int = 0
    lost: list[str] = field(default_factory=list)
    """Broken promises, in words."""
    ready_s: list[float] = field(default_factory=list)
    """From each start to the line ``ready``."""


def kill_under_load(daemon: Daemon, kills: Kills) -> None:
    """Kill a running daemon at a random moment under load, check its file, and start it again."""
    load = Load(daemon)
    time.sleep(random.uniform(0.5, 2.5))
    daemon.kill()
    load.stop()
    path = daemon.state_dir / DATABASE
    kills.answers += load.answers
    kills.promised += len(load.promised)
    kills.down_promised += sum(promise.state == 0 for promise in load.promised)
    if is_sound(path):
        kills.lost += broken(path, load.promised)
    else:
        kills.corrupt += 1
    kills.ready_s.append(daemon.start())


def is_sound(path: Path) -> bool:
    """Whether every page and index of a database is whole."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return bool(database.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def broken(path: Path, promises: Iterable[Promise]) -> list[str]:
    """Return the promises the file does not keep: there, equal or worse.

    A state is there if the last transition up to its beginning is as bad, or an outage covers it; a live verdict's
    minute if its row is as bad.
    """
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        numbers = dict(database.execute("SELECT name, id FROM uplink"))
        lost = []
        for promise in promises:
            wanted, uplink = _SEVERITY[promise.state], numbers.get(promise.name)
            if _recorded(database, uplink, promise.since) < wanted:
                lost.append(f"state: {promise}")
            # Only whole seconds count: one that was not over when the verdict was given is in no row yet.
            has_second = promise.is_live and int(promise.measured) > int(promise.started)
            if has_second and _worst_minute(database, uplink, promise) < wanted:
                lost.append(f"minute: {promise}")
    return lost


def _recorded(database: sqlite3.Connection, uplink: int | None, since: float) -> int:
    at_us = int((since + 0.001) * 1_000_000)
    covering = "SELECT 1 FROM outage WHERE uplink_id = ?1 AND first_bad_us <= ?2 AND ifnull(first_good_us, ?2) >= ?2"
    if database.execute(covering, (uplink, at_us)).fetchone():
        return _SEVERITY[0]
    last = "SELECT state FROM transition WHERE uplink_id = ?1 AND at_us <= ?2 ORDER BY at_us DESC, id DESC LIMIT 1"
    found = database.execute(last, (uplink, at_us)).fetchone()
    return _UNTOLD if found is None else _SEVERITY[found[0]]


def _worst_minute(database: sqlite3.Connection, uplink: int | None, promise: Promise) -> int:
    first, last = (int(moment) // 60 * 60 for moment in (promise.started, promise.measured))
    rows = database.execute(
        "SELECT state FROM minute WHERE uplink_id = ? AND ts BETWEEN ? AND ?", (uplink, first, last)
    )
    return max((_SEVERITY[state] for (state,) in rows), default=_UNTOLD)
