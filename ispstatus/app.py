"""The composition root: builds everything, hands it down, starts and stops it."""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType
from zoneinfo import ZoneInfo

from ispstatus.actions.clock import quarantine_future
from ispstatus.actions.maintenance import set_maintenance
from ispstatus.actions.uplinks import put_back_uplinks, register_uplinks
from ispstatus.actions.verdicts import record_event
from ispstatus.bus import Bus
from ispstatus.clock import SYSTEM, Clock
from ispstatus.jobs.board import Board
from ispstatus.jobs.calendar import Calendar, Chore
from ispstatus.jobs.clockwatch import ClockWatch
from ispstatus.jobs.demo_van import EVERY_S as DEMO_S
from ispstatus.jobs.demo_van import DemoVan
from ispstatus.jobs.judgement import PLAUSIBLE_TS
from ispstatus.jobs.keys import Keys
from ispstatus.jobs.ledger import Ledger
from ispstatus.jobs.live import Past
from ispstatus.jobs.measuring import Measuring
from ispstatus.jobs.messages import BaselinesKnown, ClockStepped, Reconfigured, UplinksKnown
from ispstatus.jobs.neighbourhood import Neighbourhood
from ispstatus.jobs.radio import RadioWatch
from ispstatus.jobs.remote import RemoteReports
from ispstatus.jobs.throughput import CALENDAR_S, throughput_tests
from ispstatus.jobs.upkeep import Upkeep
from ispstatus.jobs.watchdog import notify, stuck
from ispstatus.model.errors import CannotMeasure, ConfigError, StorageError
from ispstatus.model.record import EngineEvent, EventKind
from ispstatus.model.report import EngineVitals
from ispstatus.model.settings import Settings
from ispstatus.model.uplink import Uplink
from ispstatus.model.window import Window
from ispstatus.net.detect import DetectedUplink, detect
from ispstatus.net.kernel import permission_problems
from ispstatus.net.snapshot import take_snapshot
from ispstatus.net.sockets import echo_mode
from ispstatus.net.timekeeping import clock_is_synchronised
from ispstatus.queries.health import is_demo
from ispstatus.queries.history import minutes_in
from ispstatus.queries.history import prepare as prepare_history
from ispstatus.queries.outages import baseline_trace, open_outage
from ispstatus.queries.reader import Reader
from ispstatus.queries.samples import baseline_of
from ispstatus.queries.uplinks import bytes_spent, standings
from ispstatus.store.writer import Writer
from ispstatus.web.factory import create_app
from ispstatus.web.server import WebServer, url_of
from ispstatus.web.shared.deps import Deps

LOOK_S = 1.0
FEED_S = 10.0
HOUR_S = 3600
BEAT_LIMITS_S = {"netlink": 30.0, "engine": 10.0, "coordinator": 10.0, "writer": 60.0, "web": 30.0}
"""How long each thread may stand still before systemd's watchdog is fed no more."""

_log = logging.getLogger(__name__)


def detected_as(found: Sequence[DetectedUplink], settings: Settings) -> tuple[Uplink, ...]:
    """Return detected uplinks with the probing defaults, not numbered yet."""
    return tuple(
        Uplink(
            id=0,
            name=one.interface,
            interface=one.interface,
            plan=settings.plan,
            limits=settings.limits,
            is_configured=False,
            mac=one.mac,
            reflector=settings.reflector,
            sampling=settings.insight.sampling,
        )
        for one in found
    )


def detected_uplinks(settings: Settings, clock: Clock = SYSTEM) -> tuple[Uplink, ...]:
    """Return what this box's default routes say now. CannotMeasure when the kernel does not answer."""
    return detected_as(detect(take_snapshot(clock)), settings)


def _numbered(uplink: Uplink, number: int) -> Uplink:
    return replace(uplink, id=number)


def _windows_of(uplink: Uplink, settings: Settings) -> tuple[Window, ...]:
    """Return when planned work on the uplink is excluded."""
    return tuple(Window(entry.start_at, entry.end_at) for entry in settings.maintenance if entry.uplink == uplink.name)


class App:
    """The daemon of one state directory."""

    def __init__(
        self, settings: Settings, clock: Clock = SYSTEM, *, reread: Callable[[], Settings] | None = None
    ) -> None:
        """``reread`` returns the settings as they are now, on SIGHUP; ConfigError says why they cannot be used."""
        self._settings = settings
        self._reread = reread or (lambda: settings)
        self._is_reload_wanted = False
        self._clock = clock
        self._started_at = clock.now()
        self._stopping = threading.Event()
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        database = settings.state_dir / "ispstatus.db"
        self._writer = Writer(database, clock, on_replaced=self._put_back)
        self._reader = Reader(database)
        self._keys = Keys(self._writer.submit, clock)
        submit, ledger = self._writer.submit, Ledger(clock, ZoneInfo(settings.site.timezone), self._spent_in)
        self._board = Board(clock)
        self._measuring = Measuring(
            clock, self._writer.submit, Bus(), self._past_of, self._detected, ledger, self._board
        )
        self._neighbours = Neighbourhood(self._measuring.netlink, self._measuring.roster)
        self._radio = RadioWatch(clock, self._measuring.roster, submit, settings.position)
        self._throughput = throughput_tests(self._measuring, clock, submit, self._reader, settings.throughput)
        self._reports = RemoteReports(clock, submit)
        self._clock_watch = ClockWatch(clock, self._clock_stepped)
        upkeep = Upkeep(clock, submit, self._stopping)
        self._calendar = Calendar(
            clock,
            (
                Chore("close days", upkeep.close_days, 600),
                Chore("baselines", self._tell_baselines, 900),
                Chore("prune", upkeep.prune, 3600),
                Chore("throughput", self._throughput.look, CALENDAR_S),
                *([Chore("demo", DemoVan(clock, self._reports.take).push, DEMO_S)] if self._is_demo() else []),
            ),
        )
        self._web = WebServer(
            create_app(self._deps(settings)),
            settings.web.listen,
            clock,
            trusted_proxies=settings.web.trusted_proxies,
            on_ready=self._ready,
        )
        self._is_ready = False

    def _deps(self, settings: Settings) -> Deps:
        clients, neighbours = self._measuring.coordinator.clients, self._neighbours
        return Deps(
            ask_status=clients.status,
            last_reports=clients.last,
            vitals=self._vitals,
            reader=self._reader,
            settings=settings,
            clock=self._clock,
            route_device=neighbours.route_device,
            uplink_devices=neighbours.uplink_devices,
            hostname=socket.gethostname(),
            is_demo=self._is_demo(),
            has_lan=neighbours.has_lan,
            is_on_link=neighbours.is_on_link,
            key_was_used=self._keys.was_used,
            recent=self._board.latest,
            radio=self._radio.radio,
            position=self._radio.position,
            ingest=self._reports.take,
        )

    def _is_demo(self) -> bool:
        try:
            return is_demo(self._reader)
        except StorageError:
            return False

    # ------------------------------------------------------------ life
    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGHUP, self._on_hangup)
        self._writer.start()
        is_trusted = clock_is_synchronised() is not False
        self._writer.submit(
            lambda db: quarantine_future(db, self._clock.wall(), has_stepped=False, is_trusted=is_trusted)
        )
        self._keys.make_first()
        self._note(EventKind.START, "started")
        self._measuring.start(self._registered(self._settings.uplinks))
        self._plan_work()
        self._web.start()
        self._calendar.start()
        self._radio.start()
        self._prepare_histories()
        self._look_after()
        self._shut_down()
        return 0

    def _look_after(self) -> None:
        fed_boot_s = self._clock.boot()
        while not self._stopping.wait(LOOK_S):
            self._clock_watch.look()
            if self._is_reload_wanted:
                self._is_reload_wanted = False
                self._reload()
            now = self._clock.boot()
            if now - fed_boot_s >= FEED_S:
                fed_boot_s = now
                self._feed_watchdog()

    def _prepare_histories(self) -> None:
        """Read ahead what the first client would wait for; the threads that measure and answer are at work already."""
        try:
            for uplink in self._measuring.roster.uplinks:
                prepare_history(self._reader, uplink, self._clock.now())
        except StorageError:
            _log.exception("the histories could not be read")

    def _feed_watchdog(self) -> None:
        still = stuck(self._beats_s(), BEAT_LIMITS_S)
        if still:
            _log.error("not turning: %s", ", ".join(still))
        else:
            # Ready, too: while another program has our port nobody is answered, but probing is what we are here for.
            notify("READY=1\nWATCHDOG=1")

    def _shut_down(self) -> None:
        notify("STOPPING=1")
        self._web.stop()
        self._calendar.stop()
        self._throughput.stop()
        self._radio.stop()
        self._measuring.stop()
        self._note(EventKind.STOP, "stopped")
        self._reader.close()
        self._writer.stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _on_hangup(self, _number: int, _frame: FrameType | None) -> None:
        self._is_reload_wanted = True

    def _reload(self) -> None:
        """Take over the configuration as it is now: all of it, or nothing and the reason in the log."""
        try:
            settings = self._read_again()
            web = create_app(self._deps(settings))
            wished = settings.uplinks or detected_uplinks(settings, self._clock)
            uplinks = self._writer.write(lambda db: register_uplinks(db, wished), 5.0)
        except (ConfigError, CannotMeasure, StorageError) as error:
            _log.error("nothing was reloaded, the configuration before stays in force: %s", error)
            return
        self._settings = settings
        self._throughput.change(settings.throughput)
        self._radio.change(settings.position)
        self._plan_work()
        windows = {uplink.name: _windows_of(uplink, settings) for uplink in uplinks}
        self._web.serve(web, settings.web.trusted_proxies)
        self._measuring.coordinator.post(Reconfigured(uplinks, windows, ZoneInfo(settings.site.timezone)))

    def _read_again(self) -> Settings:
        settings = self._reread()
        if settings.web.listen != self._settings.web.listen or settings.state_dir != self._settings.state_dir:
            raise ConfigError("a change of [web] listen or of the state directory needs a restart")
        return settings

    def _ready(self, addresses: Sequence[str]) -> None:
        if not self._is_ready:
            self._is_ready = True
            url = url_of(addresses, self._neighbours.own_address)
            print(f"ready: {url}", file=sys.stderr, flush=True)  # noqa: T201  the line others wait for
            notify("READY=1")

    # ------------------------------------------------------------ uplinks
    def _registered(self, wished: Sequence[Uplink]) -> tuple[Uplink, ...]:
        """Number the uplinks; while the disk cannot be written, number them for this run only."""
        if not wished:
            wished = detected_uplinks(self._settings, self._clock)
        try:
            return self._writer.write(lambda db: register_uplinks(db, wished), 5.0)
        except Exception:  # noqa: BLE001  probing goes on whatever the disk does
            _log.exception("the uplinks could not be stored")
            return tuple(_numbered(uplink, number) for number, uplink in enumerate(wished, 1))

    def _put_back(self) -> None:
        """The database was replaced while in use: the uplinks we watch keep their numbers."""
        watched = self._measuring.roster.uplinks
        self._writer.submit(lambda db: put_back_uplinks(db, watched))
        self._keys.make_first()

    def _detected(self, found: tuple[DetectedUplink, ...]) -> None:
        """A default route by an interface nobody follows: remember it and follow it. On the coordinator's thread."""
        if self._settings.uplinks:
            return
        wished = detected_as(found, self._settings)

        def known(done: "Future[tuple[Uplink, ...]]") -> None:
            if done.exception() is None:
                self._measuring.coordinator.post(UplinksKnown(done.result()))

        names = ", ".join(uplink.name for uplink in wished)
        self._note(EventKind.DETECTED, f"detected: {names}")
        self._writer.submit(lambda db: register_uplinks(db, wished)).add_done_callback(known)

    def _past_of(self, uplink: Uplink) -> Past:
        """Return what is stored of an uplink; nothing when the database cannot be read now."""
        windows = _windows_of(uplink, self._settings)
        start_ts = int(self._clock.wall()) // 60 * 60
        running = Window(datetime.fromtimestamp(start_ts, UTC), datetime.fromtimestamp(start_ts + 60, UTC))
        try:
            standing, memory = standings(self._reader).get(uplink.id, (None, None))
            return Past(
                standing=standing,
                memory=memory,
                outage=open_outage(self._reader, uplink.id),
                minute=next(minutes_in(self._reader, uplink.id, running), None),
                baseline_trace=baseline_trace(self._reader, uplink.id),
                maintenance=windows,
            )
        except StorageError:
            _log.exception("the past of %s could not be read", uplink.name)
            return Past(maintenance=windows)

    def _spent_in(self, month: str) -> Mapping[int, int]:
        """Return what is stored as spent; nothing when the database cannot be read now."""
        try:
            return bytes_spent(self._reader, month)
        except StorageError:
            _log.exception("what %s has cost could not be read", month)
            return {}

    # ------------------------------------------------------------ chores
    def _tell_baselines(self) -> None:
        now = self._clock.now()
        known = {uplink.id: baseline_of(self._reader, uplink.id, now) for uplink in self._measuring.roster.uplinks}
        self._measuring.coordinator.post(BaselinesKnown(known))

    def _clock_stepped(self, step_s: float) -> None:
        self._measuring.coordinator.post(ClockStepped(step_s))
        if step_s < 0:
            self._writer.submit(lambda db: quarantine_future(db, self._clock.wall()))
        self._plan_work()
        self._calendar.rebuild()

    def _plan_work(self) -> None:
        """Store the configured planned work, once there is a believable time to say since when it is known."""
        if self._clock.wall() >= PLAUSIBLE_TS:
            self._writer.submit(lambda db: set_maintenance(db, self._settings.maintenance, self._clock.now()))

    def _note(self, kind: EventKind, detail: str) -> None:
        if self._clock.wall() >= PLAUSIBLE_TS:
            event = EngineEvent(self._clock.now(), kind, detail)
            self._writer.submit(lambda db: record_event(db, event))

    # ------------------------------------------------------------ vitals
    def _beats_s(self) -> dict[str, float]:
        now = self._clock.boot()
        beats = self._measuring.beats_s() | {"writer": now - self._writer.beat_boot_s}
        web = self._web.beat_boot_s
        return beats if web is None else beats | {"web": now - web}

    def _vitals(self) -> EngineVitals:
        coordinator, watch = self._measuring.coordinator, self._clock_watch
        now = self._clock.boot()
        stepped = watch.last_step_boot_s
        return EngineVitals(
            started_at=self._started_at,
            beats=self._beats_s() | {"calendar": now - self._calendar.beat_boot_s},
            echo_mode=echo_mode(),
            permission_problems=(
                *permission_problems(uses_marks=any(u.mark for u in self._settings.uplinks)),
                *self._measuring.outlook.problems(self._measuring.roster),
            ),
            last_clock_step_at=None if stepped is None else datetime.fromtimestamp(self._clock.wall_of(stepped), UTC),
            last_clock_step_s=watch.last_step_s,
            clock_is_synchronised=clock_is_synchronised(),
            writing=self._writer.is_writing,
            writer_problem=self._writer.problem,
            writer_backlog=self._writer.backlog,
            late_cycles_last_hour=sum(now - late < HOUR_S for late in coordinator.late_at),
            links=self._measuring.outlook.links(self._measuring.roster),
            waiting_requests=coordinator.clients.waiting_count,
            far_end_problems=self._measuring.far_end_problems(),
        )
