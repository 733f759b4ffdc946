"""Modems and position are looked at every few seconds, told at once and stored once a minute."""

import sqlite3
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ispstatus.clock import Clock
from ispstatus.jobs import radio as job
from ispstatus.jobs.radio import MOVED_M, STANDS_S, RadioWatch, distance_m
from ispstatus.jobs.roster import Roster
from ispstatus.model.errors import CannotMeasure
from ispstatus.model.radio import Position, PositionFix, Radio, RadioReading
from ispstatus.model.settings import PositionSettings
from ispstatus.store import positions, radio
from tests.helpers.make import NOON_TS, a_path, an_uplink
from tests.jobs.living import a_live
from tests.store.kit import a_database

HERE = Position(45.4961001, -73.5619866, 39.1)
LTE = Radio("TELUS", "4G LTE", rsrp_dbm=-101.0)


class Receiver:
    """Stands in for gpsd."""

    where: Position | None = None

    def __init__(self, place: str, _clock: Clock) -> None:
        self.place = place

    def position(self) -> Position | None:
        return Receiver.where

    def close(self) -> None:
        pass


class Box:
    """Two uplinks, the first of them mobile, and what was stored of them."""

    def __init__(self, folder: Path, settings: PositionSettings) -> None:
        self.boot = 1000.0
        self.said: Mapping[str, Radio] | CannotMeasure = {"wwan0": LTE, "wwan9": Radio()}
        self.asked = 0
        self.db = a_database(folder, uplinks=2)
        self.roster = Roster(lambda uplink: a_live(uplink, path=a_path(device=uplink.interface)))
        self.roster.replace([an_uplink(id=1, interface="wwan0"), an_uplink(id=2, interface="eth2")])
        for live in self.roster:
            live.is_mobile = live.uplink.id == 1
        clock = Clock(wall=lambda: NOON_TS + self.boot - 1000.0, boot=lambda: self.boot)
        self.watch = RadioWatch(clock, self.roster, self.submit, settings, self.read)

    def read(self) -> Mapping[str, Radio]:
        self.asked += 1
        if isinstance(self.said, CannotMeasure):
            raise self.said
        return self.said

    def submit(self, write: Any) -> "Future[Any]":
        with self.db.transaction():
            write(self.db)
        return Future()

    def look(self, after_s: float = 10.0) -> None:
        self.boot += after_s
        self.watch.look()

    def readings(self) -> list[RadioReading]:
        return radio.between(self.db, 1, NOON_TS, NOON_TS + 9999)

    def fixes(self, agent_id: int = 1) -> list[PositionFix]:
        return positions.between(self.db, agent_id, NOON_TS, NOON_TS + 9999)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(job, "GpsdClient", Receiver)
    monkeypatch.setattr(Receiver, "where", None)
    made = Box(tmp_path, PositionSettings())
    yield made
    made.db.close()


def test_a_modem_speaks_for_the_uplink_it_carries(box: Box) -> None:
    box.look()

    assert box.watch.radio(1) == RadioReading(1, NOON_TS + 10, LTE)
    assert box.watch.radio(2) is None


def test_a_reading_stands_for_a_while_only(box: Box) -> None:
    box.look()
    box.boot += STANDS_S
    assert box.watch.radio(1) is not None
    box.boot += 0.1
    assert box.watch.radio(1) is None


def test_readings_are_stored_once_a_minute_all_of_them(box: Box) -> None:
    for _ in range(5):
        box.look()
    assert box.readings() == []

    box.look()

    assert [reading.ts - NOON_TS for reading in box.readings()] == [10, 20, 30, 40, 50, 60]


def test_a_stop_stores_what_is_known(box: Box) -> None:
    box.look()
    box.watch.stop()

    assert len(box.readings()) == 1


def test_without_a_mobile_uplink_nobody_is_asked(box: Box) -> None:
    for live in box.roster:
        live.is_mobile = False
    box.look()

    assert box.asked == 0


def test_what_keeps_modems_from_being_read_is_said_once(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.said = CannotMeasure("mmcli is not installed (Debian package modemmanager)")
    box.look()
    box.look()

    assert caplog.text.count("mmcli is not installed") == 1
    assert box.watch.radio(1) is None


def test_a_fixed_position_is_told_and_never_stored(box: Box) -> None:
    assert box.watch.position() is None
    box.watch.change(PositionSettings(latitude=1.0, longitude=2.0, altitude_m=3.0))
    box.look(70.0)

    assert box.watch.position() == Position(1.0, 2.0, 3.0)
    assert box.fixes() == []


def test_gpsd_goes_before_what_is_fixed_while_it_has_a_fix(box: Box) -> None:
    fixed = PositionSettings(latitude=1.0, longitude=2.0, gpsd="127.0.0.1:2947")
    box.watch.change(fixed)
    Receiver.where = HERE
    box.look()
    assert box.watch.position() == HERE

    Receiver.where = None
    box.look()
    assert box.watch.position() == Position(1.0, 2.0)

    Receiver.where = HERE
    box.watch.change(replace(fixed, gpsd=None))
    box.look()
    assert box.watch.position() == Position(1.0, 2.0)


def test_a_position_is_stored_of_every_uplink_when_it_moves_and_once_a_minute(box: Box) -> None:
    box.watch.change(PositionSettings(gpsd="127.0.0.1:2947"))
    near = replace(HERE, latitude=HERE.latitude + 0.9 * MOVED_M / 111_320)
    far = replace(HERE, latitude=HERE.latitude + 1.2 * MOVED_M / 111_320)
    for where in (HERE, near, far, far, far, far, far, far, far):
        Receiver.where = where
        box.look()
    box.watch.stop()

    assert [(fix.ts - NOON_TS, fix.position) for fix in box.fixes()] == [(10, HERE), (30, far), (90, far)]
    assert len(box.fixes(2)) == 3


def test_distances_are_metres_on_the_ground() -> None:
    assert distance_m(Position(0.0, 0.0), Position(0.0, 0.001)) == pytest.approx(111.3, rel=0.01)
    assert distance_m(Position(60.0, 10.0), Position(60.0, 10.001)) == pytest.approx(55.7, rel=0.01)


def test_a_disk_that_is_full_ends_no_looking(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_write: Any) -> "Future[Any]":
        failed: Future[Any] = Future()
        failed.set_exception(sqlite3.OperationalError("full"))
        return failed

    monkeypatch.setattr(box.watch, "_submit", refuse)
    box.look(70.0)
    box.look(70.0)

    assert box.watch.radio(1) is not None
