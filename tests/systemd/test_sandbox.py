"""What the daemon needs of its machine besides the network works inside the unit's sandbox, with the real programs.

mmcli is not real, for there is no modem: a program of that name asks the real D-Bus and says what mmcli would.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.lab.gps import HERE, WHY_NOT, receiver
from tests.lab.modem import MMCLI, UEVENT, answers, one_modem
from tests.systemd.box import SystemBox
from tests.systemd.conftest import SOURCE, WHEELS, machine

pytestmark = [pytest.mark.lab, pytest.mark.slow]

_SERVER, _PORT, _GPSD_PORT = "1.1.1.1", 12501, 2947
_CONFIG = f"""
[position]
gpsd = "127.0.0.1:{_GPSD_PORT}"
[throughput]
iperf_server = "{_SERVER}:{_PORT}"
iperf_seconds = 1
[[uplink]]
name = "fibre"
interface = "fibre0"
[[uplink]]
name = "lte"
interface = "lte0"
"""
_ASK_DBUS = "busctl --system call org.freedesktop.DBus / org.freedesktop.DBus ListNames >/dev/null || exit 1"
_DROP_IN = """
[Service]
TemporaryFileSystem=/sys/class/net
BindReadOnlyPaths=/usr/local/share/modem/uevent:/sys/class/net/lte0/uevent
"""
"""The box's own /sys tells of the machine around it."""
_UNKEPT, _KEPT = "port 0\n", "port 0\nlocal stratum 3\n"
_QUIET = subprocess.DEVNULL


@pytest.fixture(scope="module")
def equipped(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    """A machine with a modem and a GPS receiver before ispstatus came; a far host runs iperf3."""
    with machine(debian, wheels) as box, ExitStack() as stack:
        _equip(box)
        iperf3 = ("iperf3", "-s", "-p", str(_PORT), "-B", _SERVER)
        far = box.lab.popen("inet", *iperf3, over={}, stdin=_QUIET, stdout=_QUIET, stderr=_QUIET)
        stack.enter_context(far)
        stack.callback(far.terminate)
        if WHY_NOT is None:
            stack.enter_context(receiver(_GPSD_PORT, box.lab))
        said = box.run(f"{SOURCE}/install.sh", "--wheels", WHEELS)
        assert said.code == 0, said.err
        assert "made: the user ispstatus, for ModemManager" in said.out
        yield box
        assert box.run(f"{SOURCE}/install.sh", "--uninstall", "--purge").code == 0
        assert "ispstatus" not in box.sh("cat /etc/passwd /etc/group")


def _equip(box: SystemBox) -> None:
    for name, text in answers(one_modem("lte0")).items():
        box.write(f"/usr/local/share/modem/{name}", text)
    box.write("/usr/local/bin/mmcli", MMCLI.format(folder="/usr/local/share/modem", first=_ASK_DBUS))
    box.sh("chmod 0755 /usr/local/bin/mmcli")
    box.write("/usr/local/share/modem/uevent", UEVENT.format(device="lte0"))
    box.write("/etc/systemd/system/ispstatus.service.d/modem.conf", _DROP_IN)
    box.write("/etc/ispstatus/ispstatus.toml", _CONFIG)
    box.sh("systemctl daemon-reload")


def _ask(box: SystemBox, path: str, key: str = "") -> Any:
    said = box.run("python3", "-c", "import sys, urllib.request as r; "
                   "q = r.Request('http://127.0.0.1:8080' + sys.argv[1], headers={'x-api-key': sys.argv[2]}); "
                   "print(r.urlopen(q, timeout=15).read().decode())", path, key)  # fmt: skip
    assert said.code == 0, said.err
    return json.loads(said.out)


def _eventually(box: SystemBox, what: str, name: str, is_so: Callable[[Any], bool], within_s: float) -> Any:
    """Ask the Insight API of an uplink until it is so."""
    key = box.sh("ispstatus keys show-first").split()[-1]
    uplinks = _ask(box, "/api/status?cached=1")["uplinks"]
    agent_id = next(one["agent_id"] for one in uplinks if one["name"] == name)
    deadline = time.monotonic() + within_s
    while not is_so(told := _ask(box, f"/api/v1/{what}?customer_id=0&agent_id={agent_id}", key)):
        if time.monotonic() > deadline:
            pytest.fail(f"{told}\n{box.sh('journalctl --no-pager -n 40 -u ispstatus')}")
        time.sleep(0.5)
    return told


def test_modemmanager_is_asked_over_dbus(equipped: SystemBox) -> None:
    """install.sh made a lasting user for that: dbus-daemon answers no other."""
    told = _eventually(equipped, "radio", "lte", lambda told: told["networkName"] is not None, 60)
    assert (told["networkName"], told["RSRP_dBm"], told["PCI"]) == ("TELUS", "-101", "498")


@pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))
def test_gpsd_tells_the_position(equipped: SystemBox) -> None:
    told = _eventually(equipped, "geoloc", "fibre", lambda told: told["latitude"] is not None, 60)
    assert float(told["latitude"]) == pytest.approx(HERE.latitude, abs=1e-5)


def test_iperf3_runs_bound_to_its_uplink(equipped: SystemBox) -> None:
    told = _eventually(
        equipped, "iperf", "fibre", lambda told: told["tcp"] is not None and told["udp"] is not None, 180
    )
    assert told["tcp"]["downloadThroughputMbps"] > 1
    assert told["udp"]["downloadThroughputMbps"] == pytest.approx(10, rel=0.2)


@pytest.mark.parametrize(("config", "is_kept"), [(_UNKEPT, False), (_KEPT, True)])
def test_chronyd_is_asked_whether_it_keeps_the_clock(equipped: SystemBox, config: str, *, is_kept: bool) -> None:
    """``-x``: it never touches the clock."""
    equipped.write("/root/chrony.conf", config)
    equipped.sh("systemd-run -q --unit=keeper --service-type=exec /usr/sbin/chronyd -x -d -f /root/chrony.conf")
    try:
        deadline = time.monotonic() + 15
        while _ask(equipped, "/api/health")["clock"]["synchronised"] is not is_kept:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        equipped.sh("systemctl stop keeper")
    assert _ask(equipped, "/api/health")["clock"]["synchronised"] is None
