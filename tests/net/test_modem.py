"""A modem's radio is read from mmcli's answers, whatever they leave out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.radio import Radio
from ispstatus.net import modem
from ispstatus.net.modem import ask_mmcli, interfaces_of, modems_of, radio_of, read_modems

FIRST = "/org/freedesktop/ModemManager1/Modem/0"
NOTHING: dict[str, str] = dict.fromkeys(("ecio", "rscp", "rsrp", "rsrq", "rssi", "snr", "error-rate"), "--")


def facts(*technologies: str, operator: str = "TELUS", ports: Sequence[str] = ("cdc-wdm0 (qmi)", "wwan0 (net)")) -> str:
    generic = {"access-technologies": technologies, "ports": ports, "state": "connected"}
    return json.dumps({"modem": {"3gpp": {"operator-name": operator}, "generic": generic}})


def signal(**parts: dict[str, str]) -> str:
    names = ("lte", "umts", "gsm", "cdma1x", "evdo")
    found: dict[str, Any] = {name: NOTHING | parts.get(name, {}) for name in names}
    found["5g"] = NOTHING | parts.get("nr", {})
    return json.dumps({"modem": {"signal": {**found, "refresh": {"rate": "10"}}}})


LTE = {"rsrp": "-101.00", "rsrq": "-13.00", "rssi": "-70.00", "snr": "15.50"}
LOCATION = json.dumps({"modem": {"location": {"3gpp": {"cid": "01A2B3C4", "lac": "FFFE", "tac": "52E3"}}}})
CELLS = json.dumps(
    {
        "modem": {
            "cell-info": [
                "cell type: lte, serving: no, physical ci: 11",
                "cell type: lte, serving: yes, operator id: 302720, tac: 52E3, ci: 1A2B3C4, physical ci: 1F2",
            ]
        }
    }
)


def test_lte_tells_everything() -> None:
    assert radio_of(facts("lte"), signal(lte=LTE), LOCATION, CELLS) == Radio(
        network_name="TELUS",
        network_type="4G LTE",
        cell_id=str(0x01A2B3C4),
        pci=str(0x1F2),
        sinr_db=15.5,
        rssi_dbm=-70.0,
        rsrp_dbm=-101.0,
        rsrq_db=-13.0,
    )


def test_5g_beside_lte_takes_what_5g_tells_and_the_rest_of_lte() -> None:
    radio = radio_of(facts("lte", "5gnr"), signal(lte=LTE, nr={"rsrp": "-90.00", "snr": "20.00"}), "", "")

    assert (radio.network_type, radio.rsrp_dbm, radio.sinr_db, radio.rssi_dbm) == ("5G", -90.0, 20.0, -70.0)


@pytest.mark.parametrize(
    ("technology", "kind", "part"), [("hspa-plus", "3G", "umts"), ("edge", "2G", "gsm"), ("evdoa", "3G", "evdo")]
)
def test_older_networks_tell_what_they_have(technology: str, kind: str, part: str) -> None:
    radio = radio_of(facts(technology), signal(**{part: {"rssi": "-80.00", "ecio": "-6.00"}}), "", "")

    assert (radio.network_type, radio.rssi_dbm, radio.ecio_db, radio.rsrp_dbm) == (kind, -80.0, -6.0, None)


def test_what_a_modem_does_not_tell_is_none() -> None:
    assert radio_of(facts(operator="--"), signal(), json.dumps({}), json.dumps({"modem": {}})) == Radio()


@pytest.mark.parametrize("text", ["", "not json", "[]", "3", '{"modem": 3}', '{"modem": {"signal": [], "generic": 1}}'])
def test_no_answer_is_too_strange(text: str) -> None:
    assert radio_of(text, text, text, text) == Radio()
    assert modems_of(text) == ()
    assert interfaces_of(text) == ()


@pytest.fixture
def fake_mmcli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program of that name, which answers from files; returns their folder."""
    program = tmp_path / "mmcli"
    program.write_text(f'#!/bin/sh\ncat "{tmp_path}/$(echo "$*" | tr -c "a-zA-Z0-9\\n-" "_")"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def answer(folder: Path, words: str, text: str) -> None:
    (folder / "".join(c if c.isalnum() or c == "-" else "_" for c in words)).write_text(text)


def test_each_modem_is_asked_and_told_by_its_interface(fake_mmcli: Path) -> None:
    other = FIRST.replace("/0", "/1")
    answer(fake_mmcli, "-L -J", json.dumps({"modem-list": [FIRST, other]}))
    answer(fake_mmcli, f"-m {FIRST} -J", facts("lte"))
    answer(fake_mmcli, f"-m {FIRST} --signal-get -J", signal(lte=LTE))
    answer(fake_mmcli, f"-m {FIRST} --location-get -J", LOCATION)
    answer(fake_mmcli, f"-m {FIRST} --get-cell-info -J", CELLS)
    answer(fake_mmcli, f"-m {other} -J", facts("edge", ports=["ttyUSB0 (at)", "wwan1 (net)"]))

    found = read_modems()

    assert set(found) == {"wwan0", "wwan1"}
    assert (found["wwan0"].rsrp_dbm, found["wwan0"].pci) == (-101.0, "498")
    assert found["wwan1"] == Radio(network_name="TELUS", network_type="2G")


def test_without_modems_nothing_is_told(fake_mmcli: Path) -> None:
    answer(fake_mmcli, "-L -J", json.dumps({"modem-list": []}))

    assert read_modems() == {}


def test_a_manager_that_does_not_run_is_no_measurement(fake_mmcli: Path) -> None:
    with pytest.raises(CannotMeasure, match="no answer"):
        read_modems()


def test_without_the_program_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotMeasure, match="Debian package modemmanager"):
        ask_mmcli(["-L"])


def test_a_program_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, fake_mmcli: Path) -> None:
    (fake_mmcli / "mmcli").write_text("#!/bin/sh\nexec sleep 30\n")
    monkeypatch.setattr(modem, "ANSWER_S", 0.2)

    with pytest.raises(CannotMeasure):
        ask_mmcli(["-L"])
