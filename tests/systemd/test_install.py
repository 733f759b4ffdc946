"""What an operator does to a machine with ``install.sh``, and what systemd does with the unit; on a throw-away Debian.

Every test boots a machine of its own (a second) and installs from the bundle, without a registry.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.systemd.box import Said, SystemBox
from tests.systemd.conftest import SOURCE, WHEELS

pytestmark = [pytest.mark.lab, pytest.mark.slow]

_NAMES = ("fibre0", "lte0", "bgp0")
_CONFIG = "/etc/ispstatus/ispstatus.toml"
_STATE = "/var/lib/ispstatus"


def _install(box: SystemBox, *options: str, source: str = SOURCE) -> Said:
    return box.run(f"{source}/install.sh", "--wheels", WHEELS, *options)


def _installed(box: SystemBox, *options: str) -> str:
    said = _install(box, *options)
    assert said.code == 0, said.out + said.err
    assert said.err == ""
    return said.out


def _ask(box: SystemBox, path: str, port: int = 8080) -> Any:
    script = (
        f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}{path}', timeout=15).read().decode())"
    )
    said = box.run("python3", "-c", script)
    assert said.code == 0, said.err
    return json.loads(said.out)


def _states(box: SystemBox) -> dict[str, Any]:
    return {one["name"]: one["state"] for one in _ask(box, "/api/status?cached=1")["uplinks"]}


def _property(box: SystemBox, name: str) -> str:
    return box.sh(f"systemctl show ispstatus.service -P {name}").strip()


def _wait_for(what: str, is_so: Callable[[], bool], within_s: float = 60.0) -> float:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < within_s, f"not within {within_s} s: {what}"
        time.sleep(0.2)
    return time.monotonic() - began


def _all_up(box: SystemBox) -> None:
    _wait_for("every uplink UP", lambda: _states(box) == dict.fromkeys(_NAMES, 2))


def _minutes(box: SystemBox) -> int:
    """How many rows of history are stored."""
    script = "import sqlite3; print(sqlite3.connect('file:/var/lib/ispstatus/ispstatus.db?mode=ro', uri=True)" \
        ".execute('SELECT count(*) FROM engine_event').fetchone()[0])"  # fmt: skip
    return int(box.sh(f'python3 -c "{script}"'))


# ---------------------------------------------------------------- a fresh machine
def test_one_command_on_a_fresh_machine_ends_with_a_true_verdict_for_each_uplink_in_words(box: SystemBox) -> None:
    checked = box.run(f"{SOURCE}/install.sh", "--check")
    assert checked.code == 0
    assert "installed: no" in checked.out

    out = _installed(box)

    for name in _NAMES:
        assert re.search(rf"^  {name}: UP since .*networks answer", out, re.MULTILINE), out
    assert "http://127.0.0.1:8080/" in out
    assert "http://192.168.50.1:8080/" in out
    assert 'let in: [web] allow = ["10.0.0.0/8", ' in out
    for host in ("1.1.1.1", "9.9.9.9", "cp.cloudflare.com", "www.gstatic.com"):
        assert f"#   {host}: " in out
    assert _property(box, "ActiveState") == "active"
    assert box.sh("readlink /usr/local/bin/ispstatus").strip() == "/opt/ispstatus/current/bin/ispstatus"
