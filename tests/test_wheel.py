"""What is installed is whole: every module, template, style, migration and document of the checkout is in the wheel."""

import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
NEEDED = ("ispstatus", "docs", "pyproject.toml", "setup.cfg", "README.md", "LICENSE")
OLDEST_SETUPTOOLS = 77
BUILD = "import sys, setuptools.build_meta as backend; print(backend.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel built from a copy: building leaves things behind."""
    if int(version("setuptools").partition(".")[0]) < OLDEST_SETUPTOOLS:
        pytest.skip(f"needs setuptools {OLDEST_SETUPTOOLS}, as pyproject.toml says")
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in NEEDED:
        there = ROOT / name
        if there.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(there, source / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(there, source / name)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(built)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = built.glob("*.whl")
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_package_is_in_it(names: set[str]) -> None:
    package = [path for path in (ROOT / "ispstatus").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    kinds = {path.suffix for path in package}
    assert {".py", ".sql", ".html", ".css", ".js", ".svg", ".ovl"} <= kinds
    assert sorted({str(path.relative_to(ROOT)) for path in package} - names) == []


def test_every_document_is_in_it(names: set[str]) -> None:
    documents = {f"ispstatus/web/{path.relative_to(ROOT)}" for path in (ROOT / "docs").rglob("*.md")}
    assert len(documents) > 20
    assert sorted(documents - names) == []


def test_nothing_else_is_installed(names: set[str]) -> None:
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"ispstatus"}
