"""A modem's radio and the box's position, from the programs that know them to the Insight API."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.worlds import NAMES, name_uplinks
from tests.lab.daemon import Daemon
from tests.lab.gps import HERE, WHY_NOT, receiver
from tests.lab.modem import NO_MODEM, UEVENT, FakeMmcli, one_modem
from tests.lab.topology import WanLab

pytestmark = pytest.mark.beside

GPSD_PORT = 2947
FIXED = f"""
[position]
latitude = -26.2041
longitude = 28.0473
altitude_m = 1753
gpsd = "127.0.0.1:{GPSD_PORT}"
"""
THERE = ("-26.2041", "28.0473", "1753")
RADIO = {
    "networkName": "TELUS",
    "networkType": "4G LTE",
    "cellID": str(0x01A2B3C4),
    "SINR_dB": "15.5",
    "RSSI_dBm": "-70",
    "RSRP_dBm": "-101",
    "RSRQ_dB": "-13",
    "PCI": str(0x1F2),
}
LOOKED_S = 30.0
"""It is looked at every ten seconds, and what was seen stands for fifteen."""
STORED_S = 90.0


def ask(daemon: Daemon, name: str, path: str) -> Any:
    key = (daemon.state_dir / "insight.key").read_text().strip()
    agent_id = daemon.look(name).uplink["agent_id"]
    reply = daemon.get(f"/api/v1/{path}customer_id=0&agent_id={agent_id}", headers={"x-api-key": key})
    assert reply.status == 200, reply.body
    return reply.json


def where(daemon: Daemon, name: str) -> tuple[str | None, ...]:
    told = ask(daemon, name, "geoloc?")
    return told["latitude"], told["longitude"], told["altitude"]


def eventually(daemon: Daemon, what: str, name: str, is_so: Any, within_s: float) -> Any:
    deadline = time.monotonic() + within_s
    while not is_so(told := ask(daemon, name, what)):
        assert time.monotonic() < deadline, told
        time.sleep(0.5)
    return told


@pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
def test_the_position_is_gpsds_while_it_has_a_fix_and_else_the_configured_one(tmp_path: Path) -> None:
    with WanLab() as lab, Daemon(lab, tmp_path / "state", FIXED + name_uplinks()) as daemon:
        for name in NAMES:
            assert where(daemon, name) == THERE
            assert ask(daemon, name, "ci?")["Attributes"]["gpsPos"] == "-26.2041,28.0473"
        with receiver(GPSD_PORT, lab):
            told = eventually(daemon, "geoloc?", "lte", lambda told: told["latitude"] != THERE[0], LOOKED_S)
            assert float(told["latitude"]) == pytest.approx(HERE.latitude, abs=1e-5)
            assert float(told["longitude"]) == pytest.approx(HERE.longitude, abs=1e-5)
            assert {where(daemon, name) for name in NAMES} == {where(daemon, "lte")}
        eventually(daemon, "geoloc?", "lte", lambda told: told["latitude"] == THERE[0], LOOKED_S)
        rows = eventually(
            daemon, "geoloc?time_range=300&", "lte", lambda rows: rows[0]["latitude"] != THERE[0], STORED_S
        )
        assert float(rows[0]["latitude"]) == pytest.approx(HERE.latitude, abs=1e-5)


def test_a_modems_radio_is_its_uplinks_and_gone_with_it(tmp_path: Path) -> None:
    mmcli, uevent = FakeMmcli(tmp_path / "bin"), tmp_path / "uevent"
    for words, text in one_modem("lte0").items():
        mmcli.answer(words, text)
    uevent.write_text(UEVENT.format(device="lte0"))
    path = {"PATH": f"{mmcli.folder}:/usr/sbin:/usr/bin:/sbin:/bin"}
    over = {"/sys/class/net/lte0/uevent": uevent}
    with (
        WanLab() as lab,
        Daemon(lab, tmp_path / "state", name_uplinks(), environment=path, over=over) as daemon,
    ):
        told = eventually(daemon, "radio?", "lte", lambda told: told["networkName"], LOOKED_S)
        assert {key: told[key] for key in RADIO} == RADIO
        for name in ("fibre", "bgp"):
            assert set(ask(daemon, name, "radio?").items()) >= dict.fromkeys(RADIO).items()

        for words, text in NO_MODEM.items():
            mmcli.answer(words, text)
        told = eventually(daemon, "radio?", "lte", lambda told: told["time"] is None, LOOKED_S)
        assert {key: told[key] for key in RADIO} == dict.fromkeys(RADIO)
        rows = eventually(daemon, "radio?time_range=300&", "lte", bool, STORED_S)
        assert {key: rows[0][key] for key in RADIO} == RADIO
        lifbe = ask(daemon, "lte", "lifbe?")
        assert (lifbe["networkInterface"], lifbe["networkType"]) == ("MOBILE", "MOBILE_4G")
