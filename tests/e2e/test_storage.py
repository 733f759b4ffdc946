"""The record survives: kills while writing, a full disk and a lost one, a broken file, a file of the future."""

import contextlib
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.killing import DATABASE, Kills, Load, broken, is_sound, kill_under_load
from tests.e2e.worlds import DOWN, NAMES, UP, name_uplinks
from tests.lab import faults
from tests.lab.daemon import Daemon
from tests.lab.diskfault import DiskFault
from tests.lab.topology import WanLab

READY_WITHIN_S = 6.0
"""The promise is 3 s on an idle machine; tests share theirs."""


@pytest.fixture(scope="module")
def network() -> Iterator[WanLab]:
    with WanLab() as lab:
        yield lab


@pytest.fixture
def lab(network: WanLab) -> Iterator[WanLab]:
    yield network
    faults.heal(network)


def outages(daemon: Daemon) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = daemon.get("/api/outages?range=24h").json["outages"]
    return found


# ---------------------------------------------------------------- kills
def test_nothing_that_was_said_to_be_persisted_is_lost_to_a_kill(lab: WanLab, tmp_path: Path) -> None:
    kills = Kills()
    with Daemon(lab, tmp_path / "state", name_uplinks()) as daemon:
        for _ in range(6):
            kill_under_load(daemon, kills)
        daemon.wait_until_up(NAMES, within_s=20)
    assert kills.down_promised, "the load never saw a DOWN that was persisted"
    assert kills.lost == []
    assert kills.corrupt == 0
    assert max(kills.ready_s) < READY_WITHIN_S


# ---------------------------------------------------------------- disk
@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m,mode=0755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Hog:
    """Keeps a disk full: whatever becomes free is taken."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "hog"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._eat, daemon=True)
        self._thread.start()

    def _eat(self) -> None:
        chunk = bytes(1 << 20)
        with self._file.open("wb", buffering=0) as file:
            while not self._stop.is_set():
                try:
                    file.write(chunk)
                except OSError:
                    chunk = bytes(max(512, len(chunk) // 2))
                    self._stop.wait(0.02)

    def leave(self) -> None:
        """Give everything back."""
        self._stop.set()
        self._thread.join()
        self._file.unlink()


def survive_the_disk(daemon: Daemon, stop: Callable[[], object], bring_back: Callable[[], object], words: str) -> None:
    """The disk takes nothing for a while: that is told, all but writing goes on, and nothing promised is lost."""
    lab, path = daemon.lab, daemon.state_dir / DATABASE
    daemon.wait_until_up(NAMES)
    fall(daemon, "fibre")
    load = Load(daemon, is_pulling=False)
    load.wait_for_promise()
    try:
        stop()
        faults.inject(lab, "carrier_down", "lte")
        daemon.wait_for("lte", DOWN, "no_carrier", within_s=5, ask_every_s=None)
        wait_for_persisted(daemon, is_persisted=False)
        wait_for_reasons(daemon, lambda reasons: words in reasons)
        assert "fibre" in {outage["name"] for outage in outages(daemon)}, "reading goes on"
        faults.heal(lab, "lte")
        daemon.wait_for("lte", UP, "ok", within_s=15, ask_every_s=None)
    finally:
        bring_back()
    wait_for_persisted(daemon, is_persisted=True)
    wait_for_reasons(daemon, lambda reasons: words not in reasons)
    load.stop()
    assert {outage["name"] for outage in outages(daemon)} == {"fibre", "lte"}
    assert daemon.stop() == 0
    said = daemon.log
    assert (said.count("nothing is written for now"), said.count("writing goes on")) == (1, 1), said
    assert is_sound(path)
    assert load.promised
    assert broken(path, load.promised) == []


def fall(daemon: Daemon, uplink: str) -> None:
    """Let an uplink have an outage that is over and recorded."""
    faults.inject(daemon.lab, "carrier_down", uplink)
    daemon.wait_for(uplink, DOWN, within_s=5)
    faults.heal(daemon.lab, uplink)
    daemon.wait_until_up(NAMES)


def test_a_full_disk_stops_writing_and_nothing_else_and_heals_by_itself(lab: WanLab, small_disk: Path) -> None:
    hogs: list[Hog] = []

    def fill() -> None:
        hogs.append(Hog(small_disk))
        time.sleep(3)

    def free() -> None:
        for hog in hogs:
            hog.leave()

    with Daemon(lab, small_disk / "state", name_uplinks()) as daemon:
        survive_the_disk(daemon, fill, free, "MB left")


@pytest.mark.skipif(bool(DiskFault.why_not()), reason=str(DiskFault.why_not()))
def test_a_disk_that_is_cut_off_stops_writing_and_nothing_else_and_heals_by_itself(lab: WanLab, tmp_path: Path) -> None:
    disk = DiskFault(tmp_path, DATABASE)
    with Daemon(lab, tmp_path / "state", name_uplinks(), environment=disk.environment) as daemon:
        survive_the_disk(daemon, disk.cut_off, disk.bring_back, "disk I/O error")
    assert not (tmp_path / "state" / "quarantine").exists(), "a disk that is away is no damaged file"


def wait_for_persisted(daemon: Daemon, *, is_persisted: bool, within_s: float = 75.0) -> None:
    deadline = time.monotonic() + within_s
    while daemon.status(cached=False)["persisted"] is not is_persisted:
        assert time.monotonic() < deadline, daemon.get("/api/health").body
        time.sleep(0.5)


def wait_for_reasons(daemon: Daemon, is_right: Callable[[str], bool], within_s: float = 75.0) -> None:
    """Wait until what /api/health says is as wished."""
    deadline = time.monotonic() + within_s
    while True:
        reply = daemon.get("/api/health")
        assert reply.status == 200
        if is_right(" ".join(reply.json["reasons"])):
            return
        assert time.monotonic() < deadline, reply.body
        time.sleep(0.5)


# ---------------------------------------------------------------- the end, and after
def test_a_clean_stop_leaves_everything_in_the_one_file(lab: WanLab, tmp_path: Path) -> None:
    with Daemon(lab, tmp_path / "state", name_uplinks()) as daemon:
        daemon.wait_until_up(NAMES)
        fall(daemon, "fibre")
        assert daemon.stop() == 0, daemon.log
    log = tmp_path / "state" / f"{DATABASE}-wal"
    assert not log.exists() or log.stat().st_size == 0
    shutil.copyfile(tmp_path / "state" / DATABASE, tmp_path / "alone.db")
    assert fallen(tmp_path / "alone.db") == [("fibre",)]


def fallen(path: Path) -> list[tuple[str]]:
    """Return whose outages a database knows."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT name FROM outage JOIN uplink ON uplink.id = uplink_id").fetchall()


def test_an_empty_file_beside_a_full_log_loses_nothing(lab: WanLab, tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    with Daemon(lab, state_dir, name_uplinks()) as daemon:
        daemon.wait_until_up(NAMES)
        fall(daemon, "fibre")
        daemon.kill()
        log = (state_dir / f"{DATABASE}-wal").read_bytes()
        empty(state_dir / DATABASE)
        daemon.start()
        assert [outage["name"] for outage in outages(daemon)] == ["fibre"]
        assert "is empty" in " ".join(daemon.get("/api/health").json["reasons"])
        assert any(path.read_bytes() == log for path in (state_dir / "quarantine").glob("*.db-wal"))
        assert daemon.stop() == 0, daemon.log


# ---------------------------------------------------------------- broken files
@pytest.fixture(scope="module")
def stored(network: WanLab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory with an outage in it, cleanly closed."""
    folder = tmp_path_factory.mktemp("stored") / "state"
    with Daemon(network, folder, name_uplinks()) as daemon:
        daemon.wait_until_up(NAMES)
        fall(daemon, "fibre")
        assert daemon.stop() == 0, daemon.log
    return folder


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def behead(path: Path) -> None:
    path.write_bytes(b"not a database\n" * 10 + path.read_bytes()[150:])


def flip(path: Path) -> None:
    """Forty bytes in the middle of each page but the first two."""
    data = bytearray(path.read_bytes())
    for page in range(8192, len(data), 4096):
        data[page : page + 40] = bytes(byte ^ 0x5A for byte in data[page : page + 40])
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [empty, cut, behead, flip])
def test_a_broken_file_is_kept_aside_reported_and_replaced(
    lab: WanLab, stored: Path, tmp_path: Path, damage: Any
) -> None:
    state_dir = tmp_path / "state"
    shutil.copytree(stored, state_dir)
    for beside in ("-wal", "-shm"):
        (state_dir / (DATABASE + beside)).unlink(missing_ok=True)
    damage(state_dir / DATABASE)
    broken = (state_dir / DATABASE).read_bytes()
    with Daemon(lab, state_dir, name_uplinks()) as daemon:
        daemon.wait_until_up(NAMES, within_s=15)
        health = daemon.get("/api/health").json
        assert not health["ok"]
        assert "a damaged database was set aside" in " ".join(health["reasons"])
        assert str(state_dir / "quarantine") in " ".join(health["reasons"])
        assert daemon.status(cached=False)["persisted"] is True
        assert daemon.stop() == 0, daemon.log
    assert is_sound(state_dir / DATABASE)
    kept = [path for path in state_dir.rglob("*") if path.is_file() and path.name != DATABASE]
    assert any(path.read_bytes() == broken for path in kept if path.stat().st_size == len(broken))


def test_a_file_of_the_future_is_refused_untouched_with_the_way_back(lab: WanLab, stored: Path, tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    shutil.copytree(stored, state_dir)
    with contextlib.closing(sqlite3.connect(state_dir / DATABASE)) as database:
        database.execute("PRAGMA user_version = 9999")
        database.commit()
    before = (state_dir / DATABASE).read_bytes()
    daemon = Daemon(lab, state_dir, name_uplinks())
    try:
        daemon.start(ready_within_s=None)
        assert daemon.wait(20) == 78
        assert "9999" in daemon.log
        assert "install the newer version again" in daemon.log
        assert "Traceback" not in daemon.log
    finally:
        daemon.kill()
    assert (state_dir / DATABASE).read_bytes() == before
