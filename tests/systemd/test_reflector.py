"""The far end as ``install.sh --reflector`` sets it up: on a throw-away Debian in the lab's internet."""

import contextlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.worlds import NAMES, name_uplinks
from tests.lab import faults
from tests.lab.daemon import Daemon
from tests.lab.far import FAR_ADDRESS
from tests.lab.topology import WanLab
from tests.systemd.box import Said, SystemBox
from tests.systemd.conftest import SOURCE, WHEELS, supply

pytestmark = [pytest.mark.lab, pytest.mark.slow]

_CONFIG = "/etc/ispstatus/ispstatus.toml"
_CAP_NET_BIND_SERVICE = 10
_MOST_EXPOSED = 1.6
_PORTS = "http 12080, https 12443, tcp 12023, udp 12024, twamp 862, throughput 12550"
_MANY = [f"203.0.{number}.0/24" for number in range(113, 125)]
"""More than stand on a line of `ispstatus check`."""
_KPIS = ("icmpMs", "tcpMs", "udpMs", "httpMs", "httpsMs", "twampMs")
_DELAYS_MS = {"fibre": 40.0, "lte": 0.0}


def _sources(lab: WanLab) -> list[str]:
    return [net for line in lab.lines.values() for net in line.seen_sources if ":" not in net]


def _install(far: SystemBox, *options: str, source: str = SOURCE) -> Said:
    return far.run(f"{source}/install.sh", "--reflector", "--wheels", WHEELS, *options)


def _allowing(networks: list[str]) -> list[str]:
    return [word for network in networks for word in ("--allow", network)]


@contextlib.contextmanager
def _host(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    """A host in the lab's internet that nobody touched."""
    with WanLab() as lab, SystemBox(lab, debian, "inet") as host:
        supply(host, wheels)
        yield host


@pytest.fixture(scope="module")
def far(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    """One with nothing but a reflector on it, for all tests of the module: they leave it as it was."""
    with _host(debian, wheels) as far:
        assert _install(far, *_allowing(_sources(far.lab))).code == 0
        yield far


def _property(far: SystemBox, name: str) -> str:
    return far.sh(f"systemctl show ispstatus-reflector -P {name}").strip()


def _certificate(far: SystemBox) -> str:
    return far.sh("openssl s_client -connect 127.0.0.1:12443 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint")


def test_nobody_is_answered_unasked_and_ports_and_allowed_sources_are_told(debian: Path, wheels: Path) -> None:
    with _host(debian, wheels) as host:
        said = _install(host)
        assert said.code == 1
        assert "answers nobody until it is told whom: --allow NETWORK" in said.err
        said = _install(host, "--allow", "everybody")
        assert said.code == 1
        assert said.err == "install.sh: --allow 'everybody' does not appear to be an IPv4 or IPv6 network\n"
        assert host.run("test", "-e", "/opt/ispstatus", "-o", "-e", _CONFIG).code == 1

        said = _install(host, *_allowing(_MANY))
        assert (said.code, said.err) == (0, "")
        assert f"reflector: answers [reflector_server] allow = {json.dumps(_MANY)}\n" in said.out
        assert f"reflector: ports {_PORTS}\n" in said.out

        _assert_a_daemon_joins(host)
        _assert_nothing_stays(host)


def _assert_a_daemon_joins(host: SystemBox) -> None:
    """Both are upgraded then, whichever is asked for."""
    said = host.run(f"{SOURCE}/install.sh", "--wheels", WHEELS)
    assert (said.code, said.err) == (0, "")
    assert "reflector: ports " in said.out
    assert "let in: [web] allow = [" in said.out
    assert host.sh("systemctl is-active ispstatus ispstatus-reflector").split() == ["active", "active"]
    assert host.sh("ls -d /opt/ispstatus/venv-*").split() == [host.sh("readlink -f /opt/ispstatus/current").strip()]


def _assert_nothing_stays(host: SystemBox) -> None:
    assert host.run(f"{SOURCE}/install.sh", "--uninstall", "--purge").code == 0
    left = host.sh("find /etc /opt /usr/local /var/lib -path '*ispstatus*' -print; ss -Hltun").strip()
    assert not re.search(r"ispstatus|:12443|:8080|:862", left)


def test_it_runs_alone_at_every_boot_in_its_sandbox(far: SystemBox) -> None:
    assert far.sh("systemctl is-enabled ispstatus-reflector").strip() == "enabled"
    assert far.run("systemctl", "cat", "ispstatus.service").code == 1
    assert ":8080" not in far.sh("ss -Hltn")
    status = far.sh(f"cat /proc/{_property(far, 'MainPID')}/status")
    assert re.search(rf"^CapEff:\s+0*{1 << _CAP_NET_BIND_SERVICE:x}$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\s+2$", status, re.MULTILINE)
    assert not re.search(r"^Uid:\s+0\b", status, re.MULTILINE)
    level = re.search(r"exposure level for \S+: ([\d.]+)", far.sh("systemd-analyze security ispstatus-reflector"))
    assert level
    assert float(level[1]) <= _MOST_EXPOSED


def test_two_uplinks_of_one_box_ask_it_by_six_protocols_and_never_mix(far: SystemBox, tmp_path: Path) -> None:
    config = f'[reflector]\nhost = "{FAR_ADDRESS}"\n[insight]\nevery_s = {{ {_each(2)} }}\n{name_uplinks()}'
    for name, delay_ms in _DELAYS_MS.items():
        far.lab.control("wire", name=name, direction=0, delay_ms=delay_ms)
    faults.inject(far.lab, "blackhole", "bgp")
    with Daemon(far.lab, tmp_path / "state", config) as daemon:
        told = _wait_for_figures(daemon)
    faults.heal(far.lab)

    assert told["bgp"] == dict.fromkeys(_KPIS)
    for name, delay_ms in _DELAYS_MS.items():
        for kpi in _KPIS:
            trips = 2 if kpi == "httpsMs" else 1
            assert told[name][kpi] == pytest.approx(trips * delay_ms, rel=0.1, abs=12.0), (name, kpi)


def _each(seconds: int) -> str:
    return ", ".join(f"{name} = {seconds}" for name in ("icmp", "tcp", "udp", "http", "https", "twamp"))


def _wait_for_figures(daemon: Daemon) -> dict[str, dict[str, Any]]:
    """What the Insight API tells of each uplink, once both living ones are measured by every protocol."""
    key = (daemon.state_dir / "insight.key").read_text().strip()
    deadline = time.monotonic() + 60
    while True:
        told = {}
        for name in NAMES:
            path = f"/api/v1/ci?customer_id=0&agent_id={daemon.look(name).uplink['agent_id']}"
            kpis = daemon.get(path, headers={"x-api-key": key}).json["KPIs"]
            told[name] = {kpi: kpis[kpi] for kpi in _KPIS}
        if all(None not in told[name].values() for name in _DELAYS_MS):
            return told
        assert time.monotonic() < deadline, told
        time.sleep(1.0)


def test_doing_it_again_is_an_upgrade_that_keeps_configuration_and_certificate(far: SystemBox) -> None:
    before, config = _certificate(far), far.sh(f"cat {_CONFIG}")
    assert "Fingerprint" in before
    version = 's/^__version__ = .*/__version__ = "9.9.9"/'
    far.sh(f"cp -a {SOURCE} /root/next; sed -i '{version}' /root/next/ispstatus/__init__.py")

    said = _install(far, source="/root/next")

    assert (said.code, said.err) == (0, "")
    assert far.sh("ispstatus --version").strip() == "ispstatus 9.9.9"
    assert (far.sh(f"cat {_CONFIG}"), _certificate(far)) == (config, before)


def test_others_than_the_file_says_are_refused_and_the_file_is_kept(far: SystemBox) -> None:
    config, pid = far.sh(f"cat {_CONFIG}"), _property(far, "MainPID")

    said = _install(far, "--allow", "203.0.113.77")

    assert said.code == 1
    assert f'{_CONFIG} is never overwritten: set there\n  [reflector_server]\n  allow = ["203.0.113.77"]\n' in said.err
    assert (far.sh(f"cat {_CONFIG}"), _property(far, "MainPID")) == (config, pid)


def test_a_configuration_that_allows_nobody_is_not_tried_again(far: SystemBox) -> None:
    config = far.sh(f"cat {_CONFIG}")
    far.write(_CONFIG, "")
    assert far.run("systemctl", "restart", "ispstatus-reflector").code != 0
    shown = far.sh("systemctl show -p ExecMainStatus -p NRestarts ispstatus-reflector").split()
    far.write(_CONFIG, config)
    far.sh("systemctl restart ispstatus-reflector")

    assert sorted(shown) == ["ExecMainStatus=78", "NRestarts=0"]
    assert "answers nobody until it is told whom" in far.sh("journalctl -u ispstatus-reflector --no-pager")
