"""The far end's unit on a throw-away Debian: it starts in its sandbox, answers, and is not tried again when refused."""

import pytest

from tests.systemd.box import SystemBox
from tests.systemd.conftest import SOURCE, WHEELS

pytestmark = [pytest.mark.lab, pytest.mark.slow]

_CONFIG = """
[reflector_server]
allow = ["192.168.50.0/24"]
ports = { https = "off" }
"""
_ASK = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.settimeout(5)
    sock.sendto(bytes(13) + b"\\x01" + bytes(30), ("127.0.0.1", 862))
    print(len(sock.recv(100)))
"""


def test_the_far_end_runs_in_its_sandbox_and_a_refused_configuration_is_not_tried_again(box: SystemBox) -> None:
    box.sh(f"{SOURCE}/install.sh --wheels {WHEELS}", within_s=300)
    box.sh(f"install -m 0644 {SOURCE}/systemd/ispstatus-reflector.service /etc/systemd/system/")
    box.write("/etc/ispstatus/ispstatus.toml", _CONFIG)
    box.sh("systemctl daemon-reload; systemctl start ispstatus-reflector")

    assert box.run("python3", "-c", _ASK).out.strip() == "44"
    user = box.sh("ps -o user= -p $(systemctl show -P MainPID ispstatus-reflector)").strip()
    assert user != "root"
    box.sh("systemctl stop ispstatus-reflector")
    assert box.sh("systemctl show -P Result ispstatus-reflector").strip() == "success"

    box.write("/etc/ispstatus/ispstatus.toml", "")
    assert box.run("systemctl", "start", "ispstatus-reflector").code != 0
    shown = box.sh("systemctl show -p ExecMainStatus -p NRestarts ispstatus-reflector").split()
    assert sorted(shown) == ["ExecMainStatus=78", "NRestarts=0"]
    assert "answers nobody until it is told whom" in box.sh("journalctl -u ispstatus-reflector --no-pager")
