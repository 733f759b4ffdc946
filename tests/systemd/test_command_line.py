"""``install.sh`` as far as anybody may run it: what it explains, what it refuses, what it misses."""

import os
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent.parent
_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3")


def _install(*options: str, before_path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    path = os.environ.get("PATH", os.defpath)
    return subprocess.run(
        [str(_ROOT / "install.sh"), *options],
        env={**os.environ, "PATH": f"{before_path}:{path}" if before_path else path},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def _pythons(folder: Path, answer: str) -> Path:
    """Make programs with Python's names that stand before the real ones; ``answer`` is their shell script."""
    for name in _PYTHONS:
        program = folder / name
        program.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
        program.chmod(0o755)
    return folder


def test_help_names_every_action_and_option() -> None:
    said = _install("--help")
    assert said.returncode == 0
    assert said.stderr == ""
    for word in (
        "--test",
        "--try",
        "--reflector",
        "--tls",
        "--check",
        "--uninstall",
        "--purge",
        "--port N",
        "--allow NETWORK",
        "--wheels DIR",
        "--cert FILE --key FILE",
    ):
        assert word in said.stdout


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--frobnicate"], "--frobnicate is not known"),
        (["--port"], "--port needs a value"),
        (["--port", "http"], "--port http is not a number from 1 to 65535"),
        (["--port", "65536"], "--port 65536 is not a number from 1 to 65535"),
        (["--wheels", "/nowhere"], "--wheels /nowhere is not a folder"),
        (["--test", "--try"], "only one action at a time"),
        (["--cert", "a.pem", "--key", "a.key"], "--cert and --key go with --tls"),
        (["--tls", "--cert", "a.pem"], "--cert and --key go together"),
        (["--tls", "--uninstall"], "only one action at a time"),
        (["--allow", "203.0.113.0/24"], "--allow goes with --reflector"),
        (["--reflector", "--port", "9090"], "--port goes without --reflector: [reflector_server] ports"),
        (["--reflector", "--uninstall"], "only one action at a time"),
        (["--purge"], "--purge goes with --uninstall"),
        (["--check", "--", "more"], "-- goes with --test and --try"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_told_and_nothing_is_done(options: list[str], why: str) -> None:
    said = _install(*options)
    assert said.returncode == 2
    assert said.stderr == f"install.sh: {why} (see ./install.sh --help)\n"
    assert said.stdout == ""


def test_the_package_that_brings_virtual_environments_is_named(tmp_path: Path) -> None:
    said = _install("--try", before_path=_pythons(tmp_path, 'case "$2" in *ensurepip*) exit 1 ;; esac'))
    assert said.returncode == 1
    assert "the Debian package python3.13-venv is missing: apt-get install python3.13-venv" in said.stderr


def test_the_package_that_brings_python_is_named(tmp_path: Path) -> None:
    said = _install("--try", before_path=_pythons(tmp_path, "exit 1"))
    assert said.returncode == 1
    assert "Python 3.11 or newer is missing: apt-get install python3 python3-venv" in said.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may install")
def test_an_ordinary_user_is_told_that_installing_needs_root() -> None:
    said = _install()
    assert said.returncode == 1
    assert "installing needs root: sudo ./install.sh" in said.stderr
