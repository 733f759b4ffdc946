"""Only the wanted modules of a package that imports all of itself are loaded."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.net.lean import load_parts_only

PACKAGE = "package_that_imports_itself"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package whose ``__init__`` drags in a heavy module; forgotten afterwards."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text(f"from {PACKAGE}.heavy import WEIGHT\n")
    (folder / "heavy.py").write_text("WEIGHT = 7\n")
    (folder / "light.py").write_text("WEIGHT = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield PACKAGE
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_a_wanted_module_comes_without_the_rest_of_its_package(package: str) -> None:
    load_parts_only(package)

    assert importlib.import_module(f"{package}.light").WEIGHT == 1
    assert f"{package}.heavy" not in sys.modules


def test_a_module_left_out_can_still_be_imported_by_its_own_name(package: str) -> None:
    load_parts_only(package)

    assert importlib.import_module(f"{package}.heavy").WEIGHT == 7


def test_a_package_that_is_loaded_already_stays_whole(package: str) -> None:
    whole = importlib.import_module(package)

    load_parts_only(package)

    assert sys.modules[package] is whole
    assert whole.WEIGHT == 7


def test_a_package_that_is_not_installed_is_left_to_whoever_imports_it() -> None:
    load_parts_only("package_that_nobody_has")

    assert "package_that_nobody_has" not in sys.modules


def test_the_daemon_does_not_load_the_databases_and_tools_of_the_netlink_library() -> None:
    script = "import sys, ispstatus.app; print([m for m in sys.modules if m.startswith('pyroute2.')])"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert "pyroute2.netlink.rtnl.rtmsg" in loaded
    assert "pyroute2.ndb" not in loaded
    assert "pyroute2.iproute" not in loaded
    assert "pyroute2.netlink.nlsocket" not in loaded
    assert "pyroute2.netlink.rtnl.tcmsg" not in loaded
