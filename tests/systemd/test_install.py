"""What an operator does to a machine with ``install.sh``, and what systemd does with the unit; on a throw-away Debian.

Each test installs from the bundle, without a registry, on a machine of its own (booted in a second) or shares one.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.systemd.box import Said, SystemBox
from tests.systemd.conftest import AS_INSTALLED, SOURCE, WHEELS

pytestmark = [pytest.mark.lab, pytest.mark.slow]

_NAMES = ("fibre0", "lte0", "bgp0")
_CONFIG = "/etc/ispstatus/ispstatus.toml"
_STATE = "/var/lib/ispstatus"
_CAP_NET_RAW = 13
_STOP_S = 10.0
_FIRST_VERDICT_S = 15.0
_HANG = """
import pathlib, threading, time

def wait():
    while not pathlib.Path("/run/ispstatus/hang").exists():
        time.sleep(0.2)
    from ispstatus.jobs.coordinator import Coordinator
    Coordinator._dispatch = lambda self, message: time.sleep(3600)

threading.Thread(target=wait, daemon=True).start()
"""
"""Goes into the installed program: the coordinator stands still at the first it hears once that file is there."""


def _install(box: SystemBox, *options: str, source: str = SOURCE) -> Said:
    return box.run(f"{source}/install.sh", "--wheels", WHEELS, *options)


def _installed(box: SystemBox, *options: str, source: str = SOURCE) -> str:
    said = _install(box, *options, source=source)
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


def _states(box: SystemBox, port: int = 8080) -> dict[str, Any]:
    """The state of each uplink; nothing while nobody answers."""
    try:
        uplinks = _ask(box, "/api/status?cached=1", port)["uplinks"]
    except AssertionError:
        return {}
    return {one["name"]: one["state"] for one in uplinks}


def _property(box: SystemBox, name: str) -> str:
    return box.sh(f"systemctl show ispstatus.service -P {name}").strip()


def _wait_for(box: SystemBox, what: str, is_so: Callable[[], bool], within_s: float = 60.0) -> float:
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > within_s:
            journal = box.sh("journalctl --no-pager -n 40 -u ispstatus")
            pytest.fail(f"not within {within_s} s: {what}; now {_states(box)}\n{journal}")
        time.sleep(0.2)
    return time.monotonic() - began


def _all_up(box: SystemBox) -> None:
    _wait_for(box, "every uplink UP", lambda: _states(box) == dict.fromkeys(_NAMES, 2))


def _sql(box: SystemBox, statement: str) -> list[list[Any]]:
    """Return the rows a statement finds in the installed database; nothing is made beside it."""
    script = (
        "import json, os, sqlite3, sys; "
        f"mode = 'mode=ro' if os.path.exists('{_STATE}/ispstatus.db-wal') else 'immutable=1'; "
        f"db = sqlite3.connect('file:{_STATE}/ispstatus.db?' + mode, uri=True); "
        "print(json.dumps(db.execute(sys.argv[1]).fetchall()))"
    )
    said = box.run("python3", "-c", script, statement)
    assert said.code == 0, said.err
    rows: list[list[Any]] = json.loads(said.out)
    return rows


def _events(box: SystemBox) -> list[tuple[str, int]]:
    """What is stored of the daemon's own life, oldest first."""
    return [(kind, at_us) for kind, at_us in _sql(box, "SELECT kind, at_us FROM engine_event ORDER BY id")]


def _venv(box: SystemBox) -> str:
    return box.sh("basename $(readlink -f /opt/ispstatus/current)").strip()


def _ports(box: SystemBox) -> dict[int, list[str]]:
    """Where somebody listens: addresses by port."""
    found: dict[int, list[str]] = {}
    for line in box.sh("ss -Hltn").splitlines():
        address, _, port = line.split()[3].rpartition(":")
        found.setdefault(int(port), []).append(address)
    return found


def _next_version(box: SystemBox) -> str:
    """Put a checkout of a later version beside the one that is installed; return its folder."""
    version = 's/^__version__ = .*/__version__ = "9.9.9"/'
    box.sh(f"rm -rf /root/next; cp -a {SOURCE} /root/next; sed -i '{version}' /root/next/ispstatus/__init__.py")
    return "/root/next"


def _system_files(box: SystemBox) -> list[str]:
    """Every file and folder where an installation may leave something."""
    return box.sh("find /etc /opt /usr/local /var/lib /root -path /var/lib/systemd -prune -o -print | sort").split()


@pytest.fixture
def running(installed: SystemBox) -> SystemBox:
    """The shared machine, with the daemon running and every uplink UP."""
    installed.sh(f"cmp -s {AS_INSTALLED} {_CONFIG} || {{ cp {AS_INSTALLED} {_CONFIG}; systemctl stop ispstatus; }}")
    installed.sh("systemctl reset-failed ispstatus; systemctl start ispstatus")
    _all_up(installed)
    return installed


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
    began = float(
        box.sh("systemctl show ispstatus -P ExecMainStartTimestamp --timestamp=unix").strip().removeprefix("@")
    )
    for uplink in _ask(box, "/api/status?cached=1")["uplinks"]:
        assert datetime.fromisoformat(uplink["since_utc"]).timestamp() - began <= _FIRST_VERDICT_S
    assert box.sh("readlink /usr/local/bin/ispstatus").strip() == "/opt/ispstatus/current/bin/ispstatus"


def test_the_daemon_measures_inside_its_sandbox_with_one_capability_and_no_root(running: SystemBox) -> None:
    status = running.sh(f"cat /proc/{_property(running, 'MainPID')}/status")
    assert re.search(rf"^CapEff:\s+0*{1 << _CAP_NET_RAW:x}$", status, re.MULTILINE)
    assert re.search(rf"^CapBnd:\s+0*{1 << _CAP_NET_RAW:x}$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\s+2$", status, re.MULTILINE)
    assert not re.search(r"^Uid:\s+0\b", status, re.MULTILINE)
    assert running.sh(f"stat -L -c %a {_STATE}").strip() == "700"

    for uplink in _ask(running, "/api/status?cached=1")["uplinks"]:
        assert [one["ok"] for one in uplink["ping"]] == [True] * 3, uplink
        assert all(one["rtt_ms"] > 0 for one in uplink["ping"])
        assert any(one["ok"] for one in uplink["http"])
    assert _ask(running, "/api/health")["permissions"]["ok"] is True


def test_a_registry_that_cannot_be_reached_is_told_and_leaves_nothing_behind(box: SystemBox) -> None:
    said = box.run(f"{SOURCE}/install.sh")

    assert said.code == 1
    assert "--wheels DIR" in said.err
    assert box.sh("ls /opt").strip() in ("", "ispstatus")
    assert box.sh("find /opt/ispstatus -mindepth 1").strip() == ""


def test_a_port_that_is_taken_is_told_before_anything_is_done_and_another_can_be_chosen_once(box: SystemBox) -> None:
    box.sh("systemd-run -q --unit=other python3 -m http.server 8080")
    _wait_for(box, "the other server", lambda: 8080 in _ports(box))

    said = _install(box)
    assert said.code == 1
    assert "port 8080 is taken by another program: --port N" in said.err
    assert box.run("test", "-e", "/opt/ispstatus").code == 1
    assert box.run("test", "-e", _CONFIG).code == 1

    assert "http://127.0.0.1:9090/" in _installed(box, "--port", "9090")
    assert set(_ports(box)) == {8080, 9090}

    said = _install(box, "--port", "8081")
    assert said.code == 1
    assert f"{_CONFIG} listens on port 9090" in said.err
    assert set(_ports(box)) == {8080, 9090}


# ---------------------------------------------------------------- again, and a new version
def test_a_second_install_changes_nothing_and_keeps_configuration_and_history(running: SystemBox) -> None:
    running.sh(f"echo '# mine' >>{_CONFIG}")
    config, before = running.sh(f"cat {_CONFIG}"), _events(running)

    out = _installed(running)

    assert f"kept: {_CONFIG}" in out
    assert running.sh(f"cat {_CONFIG}") == config
    assert _events(running)[: len(before)] == before
    assert [word for word in running.sh("ls /opt/ispstatus").split() if word != "current"] == [_venv(running)]
    _all_up(running)


def test_an_upgrade_brings_the_new_version_and_keeps_the_history(running: SystemBox) -> None:
    before, old = _events(running), _venv(running)

    _installed(running, source=_next_version(running))

    assert running.sh("ispstatus --version").strip() == "ispstatus 9.9.9"
    assert _venv(running) != old
    assert _events(running)[: len(before)] == before
    _all_up(running)


def test_an_upgrade_that_does_not_start_is_rolled_back_with_the_database_it_changed(running: SystemBox) -> None:
    before, old, version = _events(running), _venv(running), running.sh("ispstatus --version")
    schema = _sql(running, "PRAGMA user_version")
    broken = _next_version(running)
    running.write(
        f"{broken}/ispstatus/store/migrations/9999_broken.sql", "CREATE TABLE from_the_future (x INTEGER) STRICT;\n"
    )
    running.sh(f"sed -i 's/^        self._web.start()/        self._writer.submit(lambda db: None).result(9)\\n"
           f"        raise SystemExit(3)/' {broken}/ispstatus/app.py")  # fmt: skip

    said = _install(running, source=broken)

    assert said.code == 1
    assert "the version before runs again, with its history" in said.err
    assert _venv(running) == old
    assert running.sh("ispstatus --version") == version
    assert _sql(running, "PRAGMA user_version") == schema
    assert _sql(running, "SELECT count(*) FROM sqlite_schema WHERE name = 'from_the_future'") == [[0]]
    assert _events(running)[: len(before)] == before
    assert [word for word in running.sh("ls /opt/ispstatus").split() if word != "current"] == [old]
    assert _property(running, "ActiveState") == "active"
    _all_up(running)


def test_a_configuration_that_is_refused_stops_the_upgrade_and_not_the_daemon(running: SystemBox) -> None:
    pid = _property(running, "MainPID")
    running.sh(f"cp {_CONFIG} /root/kept.toml; echo 'colour = \"red\"' >>{_CONFIG}")

    said = _install(running)
    running.sh(f"mv /root/kept.toml {_CONFIG}")

    assert said.code == 1
    assert "web.colour" in said.err
    assert "what ran before still runs" in said.err
    assert _property(running, "MainPID") == pid


# ---------------------------------------------------------------- what systemd does with it
def test_a_reload_takes_the_changed_configuration_over_and_goes_on_measuring(running: SystemBox) -> None:
    pid = _property(running, "MainPID")
    running.sh("ispstatus check --config /root/found.toml --write")
    renamed = r's/^name = "lte0"/name = "LTE"\nwas = ["lte0"]/'
    running.sh(f"cp {_CONFIG} /root/kept.toml; sed '{renamed}' /root/found.toml >{_CONFIG}")

    running.sh("systemctl reload ispstatus")
    _wait_for(running, "the new name", lambda: _states(running) == {"fibre0": 2, "LTE": 2, "bgp0": 2})

    assert _property(running, "MainPID") == pid
    running.sh(f"mv /root/kept.toml {_CONFIG}; rm /root/found.toml; systemctl restart ispstatus")


def test_a_daemon_whose_thread_hangs_is_restarted_and_nobody_was_down_meanwhile(running: SystemBox) -> None:
    site = running.sh("dirname /opt/ispstatus/current/lib/python3*/site-packages/ispstatus").strip()
    running.write(f"{site}/hang_when_told.py", _HANG)
    running.write(f"{site}/hang_when_told.pth", "import hang_when_told\n")
    running.write("/etc/systemd/system/ispstatus.service.d/quick.conf", "[Service]\nWatchdogSec=12\n")
    running.sh("systemctl daemon-reload; systemctl restart ispstatus")
    _all_up(running)

    running.sh("touch /run/ispstatus/hang; sleep 0.5; systemctl reload ispstatus")
    _wait_for(running, "a restart by the watchdog", lambda: _property(running, "NRestarts") == "1", 90)

    _all_up(running)
    running.sh("rm /etc/systemd/system/ispstatus.service.d/quick.conf; systemctl daemon-reload")
    journal = running.sh("journalctl --no-pager -u ispstatus")
    assert "not turning: coordinator" in journal
    assert "Watchdog timeout" in journal
    assert _ask(running, "/api/outages?range=24h")["total"] == 0


def test_a_daemon_that_is_killed_comes_back_with_its_history(running: SystemBox) -> None:
    before = _events(running)

    running.sh("systemctl kill --kill-whom=main --signal=KILL ispstatus")
    _wait_for(
        running,
        "a restart",
        lambda: _property(running, "NRestarts") == "1" and _property(running, "ActiveState") == "active",
    )

    _all_up(running)
    assert _events(running)[: len(before)] == before


def test_stopping_is_clean_and_quick(running: SystemBox) -> None:
    began = time.monotonic()
    running.sh("systemctl stop ispstatus")

    assert time.monotonic() - began < _STOP_S
    assert _property(running, "Result") == "success"
    assert _property(running, "ExecMainStatus") == "0"
    assert _events(running)[-1][0] == "stop"
    assert running.run("test", "-s", f"{_STATE}/ispstatus.db-wal").code == 1


def test_a_port_that_another_program_took_meanwhile_stops_no_probing_and_restarts_nothing(running: SystemBox) -> None:
    running.sh(f"systemctl stop ispstatus; cp {_CONFIG} /root/kept.toml; sed -i 's/, .*8080\"//' {_CONFIG}")
    running.sh("systemd-run -q --unit=other python3 -m http.server 8080")
    _wait_for(running, "the other server", lambda: 8080 in _ports(running))

    running.sh("systemctl start ispstatus")
    assert _property(running, "ActiveState") == "active"
    assert "cannot listen on 0.0.0.0:8080" in running.sh("journalctl --no-pager -u ispstatus")

    running.sh("systemctl stop other")
    _all_up(running)
    assert _property(running, "NRestarts") == "0"
    running.sh(f"mv /root/kept.toml {_CONFIG}; systemctl restart ispstatus")


def test_what_root_does_with_the_database_leaves_it_to_the_daemon(running: SystemBox) -> None:
    before = _events(running)
    running.sh("ispstatus backup /root/copy.db; systemctl stop ispstatus")

    running.sh("ispstatus uplink list; ispstatus backup /root/stopped.db; ispstatus restore /root/copy.db")
    running.sh("systemctl start ispstatus")

    _all_up(running)
    assert _events(running)[: len(before)] == before
    assert _ask(running, "/api/health")["sqlite"]["ok"] is True


# ---------------------------------------------------------------- away again
def test_uninstalling_leaves_configuration_and_history_and_purging_leaves_nothing(box: SystemBox) -> None:
    before = _system_files(box)
    _installed(box)

    said = box.run(f"{SOURCE}/install.sh", "--uninstall")

    assert said.code == 0, said.err
    assert box.run("test", "-e", "/opt/ispstatus").code == 1
    assert box.run("systemctl", "cat", "ispstatus.service").code == 1
    assert box.sh(f"cat {_CONFIG}")
    assert _events(box)[-1][0] == "stop"

    _installed(box)
    assert [kind for kind, _ in _events(box)].count("start") == 2
    said = box.run(f"{SOURCE}/install.sh", "--uninstall", "--purge")

    assert said.code == 0, said.err
    assert _system_files(box) == [name for name in before if not name.startswith("/etc/systemd/system/ispstatus")]


# ---------------------------------------------------------------- without installing
def test_an_ordinary_user_tries_it_without_root(box: SystemBox) -> None:
    box.sh("useradd -m someone")
    box.copy_checkout("/home/someone/ispstatus")
    box.sh(f"chown -R someone: /home/someone; cp -r {WHEELS} /home/someone/wheels")

    box.sh("systemd-run -q --unit=trial --uid=someone --working-directory=/home/someone "
           "--setenv=SSL_CERT_FILE=/etc/ssl/lab.pem --setenv=HOME=/home/someone "
           "/home/someone/ispstatus/install.sh --try --wheels /home/someone/wheels --port 8090")  # fmt: skip

    _wait_for(box, "an answer", lambda: 8090 in _ports(box), 90)
    _wait_for(box, "every uplink UP", lambda: _states(box, 8090) == dict.fromkeys(_NAMES, 2))
    assert _ports(box)[8090] == ["127.0.0.1"]
    box.sh("systemctl stop trial")
