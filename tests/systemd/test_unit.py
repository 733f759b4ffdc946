"""The shipped unit and nginx file are accepted by the programs that read them, and are as strict as promised."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent.parent
_UNIT = _ROOT / "systemd" / "ispstatus.service"
_NGINX = _ROOT / "systemd" / "nginx-ispstatus.conf"
_MOST_EXPOSED = 1.6


def _tool(name: str) -> str:
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _settings() -> list[str]:
    lines = _UNIT.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_systemd_accepts_the_unit_without_a_word(tmp_path: Path) -> None:
    program = tmp_path / "ispstatus"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    text = _UNIT.read_text(encoding="utf-8")
    installed = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE)
    assert installed is not None
    unit = tmp_path / "ispstatus.service"
    unit.write_text(text.replace(installed[1], str(program)), encoding="utf-8")
    done = _run(_tool("systemd-analyze"), "verify", "--man=no", str(unit))
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "ispstatus" in line]
    assert ours == []
    assert done.returncode == 0


def test_the_unit_is_exposed_no_more_than_promised() -> None:
    done = _run(_tool("systemd-analyze"), "security", "--offline=true", "--no-pager", str(_UNIT))
    level = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert level is not None, done.stderr
    assert float(level[1]) <= _MOST_EXPOSED


def test_the_daemon_has_one_capability() -> None:
    settings = _settings()
    assert "AmbientCapabilities=CAP_NET_RAW" in settings
    assert "CapabilityBoundingSet=CAP_NET_RAW" in settings


def test_a_daemon_that_hangs_is_restarted_and_a_refused_configuration_is_not_tried_again() -> None:
    settings = _settings()
    assert "Type=notify" in settings
    assert "Restart=always" in settings
    assert "RestartPreventExitStatus=78" in settings
    assert any(line.startswith("WatchdogSec=") for line in settings)


def test_the_unit_starts_what_install_sh_installs() -> None:
    install = (_ROOT / "install.sh").read_text(encoding="utf-8")
    assert "OPT=/opt/ispstatus\n" in install
    assert "CURRENT=$OPT/current\n" in install
    assert "ExecStart=/opt/ispstatus/current/bin/ispstatus run" in _settings()


def test_a_reload_tells_the_daemon_to_read_its_configuration_again() -> None:
    assert "ExecReload=/bin/kill -HUP $MAINPID" in _settings()


def test_the_proxy_lets_in_only_private_addresses_and_overwrites_what_clients_forward() -> None:
    text = _NGINX.read_text(encoding="utf-8")
    assert re.findall(r"^\s*allow\s+(\S+);", text, re.MULTILINE) == [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1",
        "fc00::/7",
        "fe80::/10",
    ]
    assert re.search(r"^\s*deny\s+all;", text, re.MULTILINE)
    assert re.search(r"proxy_set_header X-Forwarded-For \$remote_addr;", text)
    assert "$proxy_add_x_forwarded_for" not in text


def test_nginx_accepts_the_proxy_file(tmp_path: Path) -> None:
    nginx, openssl = _tool("nginx"), _tool("openssl")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = _run(
        *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=ispstatus.test"),
        *("-keyout", str(key), "-out", str(certificate)),
    )
    assert made.returncode == 0, made.stderr
    server = _NGINX.read_text(encoding="utf-8").replace("/etc/ispstatus/tls", str(tmp_path))
    server = re.sub(r"(listen\s+(?:\[::\]:)?)443", r"\g<1>18443", server)
    temporary = "\n".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{server}\n}}\n",
        encoding="utf-8",
    )
    done = _run(nginx, "-t", "-q", "-p", str(tmp_path), "-c", str(whole))
    assert done.returncode == 0, done.stderr
