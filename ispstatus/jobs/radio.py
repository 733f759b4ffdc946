"""Modems and position, looked at every ten seconds on a thread of their own and stored once a minute."""

import logging
import threading
from collections.abc import Callable, Mapping
from math import cos, hypot, radians

from ispstatus.actions.radio import record_radio
from ispstatus.clock import Clock
from ispstatus.jobs.judgement import PLAUSIBLE_TS
from ispstatus.jobs.recorder import Submit
from ispstatus.jobs.roster import Roster
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.radio import Position, PositionFix, Radio, RadioReading
from ispstatus.model.settings import PositionSettings
from ispstatus.net.gpsd import GpsdClient
from ispstatus.net.modem import read_modems

LOOK_S = 10.0
STORE_S = 60.0
STANDS_S = 15.0
"""How long a reading is the present one: the next may come a little late."""
MOVED_M = 10.0
"""A position that differs less is the same one."""

_METRES_PER_DEGREE = 111_320.0
_STOP_WAIT_S = 2.0
_log = logging.getLogger(__name__)


class RadioWatch:
    """Reads modems and gpsd between ``start`` and ``stop``; ``radio`` and ``position`` answer any thread at once."""

    def __init__(
        self,
        clock: Clock,
        roster: Roster,
        submit: Submit,
        settings: PositionSettings,
        read: Callable[[], Mapping[str, Radio]] = read_modems,
    ) -> None:
        """``read`` returns what each modem says, by network interface."""
        self._clock = clock
        self._roster = roster
        self._submit = submit
        self._read = read
        self._settings = settings
        self._gpsd: GpsdClient | None = None
        self._latest: dict[int, tuple[float, RadioReading]] = {}
        self._position: Position | None = None
        self._stored_position: tuple[float, Position] | None = None
        self._readings: list[RadioReading] = []
        self._fixes: list[PositionFix] = []
        self._stored_boot_s = clock.boot()
        self._problem: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="radio", daemon=True)

    # ------------------------------------------------------------ any thread
    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is known and end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_WAIT_S)
        self._store()

    def change(self, settings: PositionSettings) -> None:
        """Go by other settings from the next look on."""
        self._settings = settings

    def radio(self, agent_id: int) -> RadioReading | None:
        """Return what the uplink's modem said within the last fifteen seconds; None without one."""
        found = self._latest.get(agent_id)
        return found[1] if found is not None and self._clock.boot() - found[0] <= STANDS_S else None

    def position(self) -> Position | None:
        """Return where the box is: as gpsd says, else as configured; None where neither is known."""
        return self._position or _fixed(self._settings)

    # ------------------------------------------------------------ its own thread
    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.look()
            except Exception:  # noqa: BLE001  one bad look must not end all looking
                _log.exception("radio and position could not be looked at")
        if self._gpsd is not None:
            self._gpsd.close()

    def look(self) -> None:
        """Look once; store when a minute has passed."""
        self._look_at_modems()
        self._look_at_gpsd()
        if self._clock.boot() - self._stored_boot_s >= STORE_S:
            self._store()

    def _look_at_modems(self) -> None:
        mobile = {live.device: live.uplink.id for live in self._roster if live.is_mobile}
        if not mobile:
            return
        try:
            said = self._read()
        except CannotMeasure as error:
            if self._problem != str(error):
                _log.warning("no modem can be read: %s", error)
            self._problem = str(error)
            return
        self._problem = None
        for device in mobile.keys() & said.keys():
            reading = RadioReading(mobile[device], int(self._clock.wall()), said[device])
            self._latest[reading.agent_id] = (self._clock.boot(), reading)
            self._readings.append(reading)

    def _look_at_gpsd(self) -> None:
        place = self._settings.gpsd
        if self._gpsd is not None and self._gpsd.place != place:
            self._gpsd.close()
            self._gpsd = None
        if self._gpsd is None and place is not None:
            self._gpsd = GpsdClient(place, self._clock)
        self._position = where = None if self._gpsd is None else self._gpsd.position()
        now = self._clock.boot()
        if where is not None and self._is_news(now, where):
            self._stored_position = (now, where)
            self._fixes += [PositionFix(live.uplink.id, int(self._clock.wall()), where) for live in self._roster]

    def _is_news(self, now: float, where: Position) -> bool:
        if self._stored_position is None:
            return True
        stored_boot_s, before = self._stored_position
        return now - stored_boot_s >= STORE_S or distance_m(before, where) >= MOVED_M

    def _store(self) -> None:
        readings, self._readings = self._readings, []
        fixes, self._fixes = self._fixes, []
        self._stored_boot_s = self._clock.boot()
        if (readings or fixes) and self._clock.wall() >= PLAUSIBLE_TS:
            self._submit(lambda db: record_radio(db, readings, fixes))


def distance_m(one: Position, other: Position) -> float:
    """Return how far apart two positions near each other are, in metres, altitude left out."""
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * cos(radians(one.latitude))
    return hypot(north, east) * _METRES_PER_DEGREE


def _fixed(settings: PositionSettings) -> Position | None:
    if settings.latitude is None or settings.longitude is None:
        return None
    return Position(settings.latitude, settings.longitude, settings.altitude_m)
