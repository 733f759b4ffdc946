"""One cycle of every uplink, for the terminal."""

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from ispstatus.app import detected_uplinks
from ispstatus.bus import Bus
from ispstatus.clock import SYSTEM, Clock
from ispstatus.jobs.board import Board
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import Past
from ispstatus.jobs.measuring import Measuring
from ispstatus.model.report import UplinkReport
from ispstatus.model.settings import Settings


def probe_once(settings: Settings, *, within_s: float, clock: Clock = SYSTEM) -> tuple[UplinkReport, ...]:
    """Run one cycle of every uplink without database or server."""
    wished = settings.uplinks or detected_uplinks(settings, clock)
    uplinks = [replace(uplink, id=number) for number, uplink in enumerate(wished, 1)]
    ledger = Ledger(clock, ZoneInfo(settings.site.timezone), lambda _: {})
    measuring = Measuring(clock, _forget, Bus(), lambda _: Past(), None, ledger, Board(clock))
    measuring.start(uplinks)
    try:
        deadline = clock.boot() + within_s
        waiting = threading.Event()
        while clock.boot() < deadline:
            reports = measuring.coordinator.reports()
            if reports and all(r.measured_at is not None for r in reports) and measuring.coordinator.is_idle:
                break
            waiting.wait(0.05)
        return measuring.coordinator.reports()
    finally:
        measuring.stop()


def _forget(_write: object) -> "Future[Any]":
    done: Future[Any] = Future()
    done.set_result(None)
    return done
