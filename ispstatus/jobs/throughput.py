"""Throughput tests by the clock: the calendar looks every few seconds, and the test that is most overdue runs.

One test at a time on the whole box, on a thread of its own: no two uplinks ever share a far end, and the uplinks of a
round are spread out by themselves.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from ispstatus.actions.throughput import record_throughput
from ispstatus.clock import Clock
from ispstatus.decide.cadence import MB, MONTH_S
from ispstatus.jobs.judgement import PLAUSIBLE_TS
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.measuring import Measuring
from ispstatus.jobs.recorder import Submit
from ispstatus.jobs.roster import Roster
from ispstatus.jobs.speedtest import REFLECTOR, SpeedTester
from ispstatus.model.errors import CannotMeasure, StorageError
from ispstatus.model.settings import ThroughputSettings
from ispstatus.model.state import State
from ispstatus.model.throughput import Method
from ispstatus.model.uplink import Uplink
from ispstatus.probes.train import TEST_BYTES
from ispstatus.queries.reader import Reader
from ispstatus.queries.throughput import last_test_ts

CALENDAR_S = 20
"""How often the calendar asks whether a test is due."""
RETRY_S = 600.0
"""When a test that gave no result is tried again."""

_STOP_WAIT_S = 2.0
_WORKING = (State.UP, State.DEGRADED)
_log = logging.getLogger(__name__)

LastOf = Callable[[int, Method], int | None]
"""When an agent's newest test of a method ended (epoch seconds), as stored; None for never."""


def wanted(uplink: Uplink, settings: ThroughputSettings, *, is_metered: bool) -> Mapping[Method, float]:
    """Return which tests an uplink gets and how many seconds apart."""
    tests: dict[Method, float] = {}
    if uplink.reflector is not None and settings.trains_every_min is not None:
        every_s = settings.trains_every_min * 60.0
        if not is_metered:
            tests[Method.TRAIN] = every_s
        elif settings.metered_mb_month:
            tests[Method.TRAIN] = max(every_s, MONTH_S * TEST_BYTES / (settings.metered_mb_month * MB))
    if is_metered:
        return tests
    has_server = settings.iperf_server is not None and (settings.iperf_server != REFLECTOR or uplink.reflector)
    if has_server:
        tests |= dict.fromkeys((Method.IPERF_TCP, Method.IPERF_UDP), settings.iperf_every_min * 60.0)
    if settings.web_download or settings.web_upload:
        tests[Method.WEB] = settings.web_every_min * 60.0
    return tests


@dataclass(frozen=True, slots=True)
class _Due:
    """A test and when it is due."""

    boot_s: float
    live: LiveUplink
    method: Method
    every_s: float


@dataclass(slots=True)
class _Diary:
    """When each uplink's tests are due, on the boot clock, and what kept the last one from a result."""

    due_boot_s: dict[tuple[int, Method], float] = field(default_factory=dict)
    problems: dict[tuple[int, Method], str] = field(default_factory=dict)


class ThroughputTests:
    """Starts what is due. ``look`` and ``change`` are called on one thread each; a test runs on another."""

    def __init__(
        self,
        clock: Clock,
        roster: Roster,
        tester: SpeedTester,
        submit: Submit,
        last_of: LastOf,
        stopping: threading.Event,
        settings: ThroughputSettings,
    ) -> None:
        """``tester`` gives up when ``stopping`` is set."""
        self._clock = clock
        self._roster = roster
        self._tester = tester
        self._submit = submit
        self._last_of = last_of
        self._stopping = stopping
        self._settings = settings
        self._diary = _Diary()
        self._thread: threading.Thread | None = None

    def change(self, settings: ThroughputSettings) -> None:
        """Go by other settings from the next look on."""
        self._settings = settings

    def look(self) -> None:
        """Start the test that is most overdue, unless one runs; never waits for it."""
        if self._stopping.is_set() or self._clock.wall() < PLAUSIBLE_TS or self.is_running:
            return
        due = self._most_overdue()
        if due is not None:
            self._thread = threading.Thread(target=self._run, args=(due,), name="throughput", daemon=True)
            self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether a test runs."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """End the running test without a result, and start none any more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOP_WAIT_S)
        if not self.is_running:
            self._tester.close()

    # ------------------------------------------------------------ within
    def _most_overdue(self) -> _Due | None:
        now, due = self._clock.boot(), list[_Due]()
        for live in self._roster:
            if live.standing.decision.state in _WORKING:
                tests = wanted(live.uplink, self._settings, is_metered=live.is_metered)
                for method, every_s in tests.items():
                    due.append(_Due(self._due(live.uplink.id, method, every_s, now), live, method, every_s))
        earliest = min(due, key=lambda test: test.boot_s, default=None)
        return earliest if earliest is not None and earliest.boot_s <= now else None

    def _due(self, uplink_id: int, method: Method, every_s: float, now: float) -> float:
        """Return when a test is due; the first one goes by what is stored, so that a restart repeats nothing."""
        key = (uplink_id, method)
        if key not in self._diary.due_boot_s:
            last_ts = self._last_of(uplink_id, method)
            age_s = None if last_ts is None else self._clock.wall() - last_ts
            self._diary.due_boot_s[key] = now if age_s is None or age_s < 0 else now + every_s - age_s
        return min(self._diary.due_boot_s[key], now + every_s)

    def _run(self, due: _Due) -> None:
        live, method, every_s = due.live, due.method, due.every_s
        key, name = (live.uplink.id, method), live.uplink.name
        try:
            result = self._tester.run(live, method, self._settings)
        except (CannotMeasure, StorageError) as error:
            self._diary.due_boot_s[key] = self._clock.boot() + min(RETRY_S, every_s)
            if self._diary.problems.get(key) != str(error) and not self._stopping.is_set():
                _log.warning("uplink=%r throughput by %s was not measured: %s", name, method.value, error)
            self._diary.problems[key] = str(error)
        except Exception:  # noqa: BLE001  a defect must not make a test repeat every few seconds
            self._diary.due_boot_s[key] = self._clock.boot() + every_s
            _log.exception("uplink=%r throughput by %s failed", name, method.value)
        else:
            self._diary.due_boot_s[key] = self._clock.boot() + every_s
            self._diary.problems.pop(key, None)
            self._submit(lambda db: record_throughput(db, [result]))


def throughput_tests(
    measuring: Measuring, clock: Clock, submit: Submit, reader: Reader, settings: ThroughputSettings
) -> ThroughputTests:
    """Return the tests of the uplinks that are measured."""
    stopping = threading.Event()
    tester = SpeedTester(clock, measuring.engine, measuring.netlink.snapshot, stopping)
    return ThroughputTests(clock, measuring.roster, tester, submit, partial(last_test_ts, reader), stopping, settings)
