"""A modem's radio is read from mmcli's answers, whatever they leave out."""

import json
from pathlib import Path

import pytest

from ispstatus.model.errors import CannotMeasure
from ispstatus.model.radio import Radio
from ispstatus.net import modem
from ispstatus.net.modem import ask_mmcli, interfaces_of, modems_of, radio_of, read_modems
from tests.lab.modem import CELLS, FIRST, LOCATION, LTE, FakeMmcli, facts, signal


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
def mmcli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeMmcli:
    """A program of that name on the path."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return FakeMmcli(tmp_path)


def test_each_modem_is_asked_and_told_by_its_interface(mmcli: FakeMmcli) -> None:
    other = FIRST.replace("/0", "/1")
    mmcli.answer("-L -J", json.dumps({"modem-list": [FIRST, other]}))
    mmcli.answer(f"-m {FIRST} -J", facts("lte"))
    mmcli.answer(f"-m {FIRST} --signal-get -J", signal(lte=LTE))
    mmcli.answer(f"-m {FIRST} --location-get -J", LOCATION)
    mmcli.answer(f"-m {FIRST} --get-cell-info -J", CELLS)
    mmcli.answer(f"-m {other} -J", facts("edge", ports=["ttyUSB0 (at)", "wwan1 (net)"]))

    found = read_modems()

    assert set(found) == {"wwan0", "wwan1"}
    assert (found["wwan0"].rsrp_dbm, found["wwan0"].pci) == (-101.0, "498")
    assert found["wwan1"] == Radio(network_name="TELUS", network_type="2G")


def test_without_modems_nothing_is_told(mmcli: FakeMmcli) -> None:
    mmcli.answer("-L -J", json.dumps({"modem-list": []}))

    assert read_modems() == {}


def test_a_manager_that_does_not_run_is_no_measurement(mmcli: FakeMmcli) -> None:
    (mmcli.folder / "mmcli").write_text("#!/bin/sh\necho 'error: the bus is not there' >&2\nexit 1\n")
    with pytest.raises(CannotMeasure, match="gave no answer: error: the bus is not there"):
        read_modems()


def test_without_the_program_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotMeasure, match="Debian package modemmanager"):
        ask_mmcli(["-L"])


def test_a_program_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, mmcli: FakeMmcli) -> None:
    (mmcli.folder / "mmcli").write_text("#!/bin/sh\nexec sleep 30\n")
    monkeypatch.setattr(modem, "ANSWER_S", 0.2)

    with pytest.raises(CannotMeasure):
        ask_mmcli(["-L"])
