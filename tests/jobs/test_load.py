"""Whether an interface carries so much that delay is its own traffic's doing."""

from pathlib import Path

from ispstatus.jobs.load import LoadMeter
from ispstatus.model.uplink import Contract

UPLOAD_20_MBPS = Contract(down_mbps=100, up_mbps=20)


def _count(folder: Path, *, rx: int, tx: int) -> None:
    statistics = folder / "eth1" / "statistics"
    statistics.mkdir(parents=True, exist_ok=True)
    (statistics / "rx_bytes").write_text(f"{rx}\n")
    (statistics / "tx_bytes").write_text(f"{tx}\n")


def _after_five_seconds(folder: Path, contract: Contract, *, tx_mbps: float) -> LoadMeter:
    meter = LoadMeter("eth1", contract, sys=folder)
    _count(folder, rx=0, tx=0)
    meter.read(100.0)
    _count(folder, rx=0, tx=int(tx_mbps * 5 * 1e6 / 8))
    meter.read(105.0)
    return meter


def test_an_upload_at_eighty_percent_of_the_contract_is_load(tmp_path: Path) -> None:
    assert _after_five_seconds(tmp_path, UPLOAD_20_MBPS, tx_mbps=16).is_loaded(105.0)


def test_an_upload_just_below_eighty_percent_is_none(tmp_path: Path) -> None:
    assert not _after_five_seconds(tmp_path, UPLOAD_20_MBPS, tx_mbps=15.9).is_loaded(105.0)


def test_a_download_counts_as_well(tmp_path: Path) -> None:
    meter = LoadMeter("eth1", UPLOAD_20_MBPS, sys=tmp_path)
    for boot_s, rx in ((100.0, 0), (105.0, int(85 * 5 * 1e6 / 8))):
        _count(tmp_path, rx=rx, tx=0)
        meter.read(boot_s)

    assert meter.is_loaded(105.0)


def test_an_idle_interface_is_not_loaded_and_looking_twice_at_once_is_harmless(tmp_path: Path) -> None:
    meter = _after_five_seconds(tmp_path, UPLOAD_20_MBPS, tx_mbps=0)
    meter.read(105.0)

    assert not meter.is_loaded(105.0)


def test_without_a_bandwidth_nothing_is_load(tmp_path: Path) -> None:
    assert not _after_five_seconds(tmp_path, Contract(), tx_mbps=1000).is_loaded(105.0)


def test_load_is_remembered_as_long_as_its_samples_count(tmp_path: Path) -> None:
    meter = _after_five_seconds(tmp_path, UPLOAD_20_MBPS, tx_mbps=20)

    assert meter.is_loaded(195.0)
    assert not meter.is_loaded(195.1)


def test_an_interface_that_vanished_and_came_back_starts_afresh(tmp_path: Path) -> None:
    meter = LoadMeter("eth1", UPLOAD_20_MBPS, sys=tmp_path)
    _count(tmp_path, rx=0, tx=0)
    meter.read(100.0)
    (tmp_path / "eth1" / "statistics" / "tx_bytes").unlink()
    meter.read(105.0)
    _count(tmp_path, rx=0, tx=10**9)
    meter.read(110.0)

    assert not meter.is_loaded(110.0)


def test_a_throughput_test_is_load_while_it_lasts_and_until_queues_have_drained() -> None:
    meter = LoadMeter("eth1", Contract())
    meter.begin_test(100.0)
    assert meter.is_loaded(130.0)

    meter.end_test(130.0)

    assert not meter.is_tested(99.9)
    assert meter.is_tested(100.0)
    assert meter.is_loaded(131.9)
    assert not meter.is_loaded(132.0)


def test_the_next_test_counts_by_itself() -> None:
    meter = LoadMeter("eth1", Contract())
    for begun_boot_s in (100.0, 200.0):
        meter.begin_test(begun_boot_s)
        meter.end_test(begun_boot_s + 5.0)

    assert not meter.is_tested(150.0)
    assert meter.is_tested(206.9)
