"""The unit of the far end is accepted by systemd, and keeps the daemon's sandbox with another single capability."""

import re
from pathlib import Path

from tests.systemd.test_unit import _MOST_EXPOSED, _ROOT, _UNIT, _run, _tool

_FAR_END = _ROOT / "systemd" / "ispstatus-reflector.service"
_DIFFERS = (
    "Description=",
    "After=",
    "Wants=",
    "ExecStart=",
    "ExecReload=",
    "StateDirectory=",
    "RuntimeDirectory=",
    "AmbientCapabilities=",
    "CapabilityBoundingSet=",
    "RestrictAddressFamilies=",
    "ProcSubset=",
    "MemoryMax=",
    "TasksMax=",
)


def _settings(unit: Path) -> list[str]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_systemd_accepts_the_unit_without_a_word(tmp_path: Path) -> None:
    program = tmp_path / "ispstatus"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    unit = tmp_path / _FAR_END.name
    text = _FAR_END.read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/ispstatus/current/bin/ispstatus", str(program)), encoding="utf-8")
    done = _run(_tool("systemd-analyze"), "verify", "--man=no", str(unit))
    assert [line for line in (done.stdout + done.stderr).splitlines() if "ispstatus" in line] == []
    assert done.returncode == 0


def test_the_unit_is_exposed_no_more_than_the_daemons() -> None:
    done = _run(_tool("systemd-analyze"), "security", "--offline=true", "--no-pager", str(_FAR_END))
    level = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert level is not None, done.stderr
    assert float(level[1]) <= _MOST_EXPOSED


def test_it_has_one_capability_for_the_port_of_twamp() -> None:
    settings = _settings(_FAR_END)
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in settings
    assert "CapabilityBoundingSet=CAP_NET_BIND_SERVICE" in settings


def test_it_runs_the_reflector_and_restarts_it_unless_its_configuration_is_refused() -> None:
    settings = _settings(_FAR_END)
    assert "ExecStart=/opt/ispstatus/current/bin/ispstatus reflector" in settings
    assert {"Type=notify", "Restart=always", "RestartPreventExitStatus=78"} <= set(settings)


def test_it_differs_from_the_daemons_sandbox_only_where_it_says_so() -> None:
    differing = set(_settings(_FAR_END)) ^ set(_settings(_UNIT))

    assert [line for line in sorted(differing) if not line.startswith(_DIFFERS)] == []
