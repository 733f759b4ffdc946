"""The tests of this folder that boot a system are slow and need root; where they cannot run they are skipped."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.topology import REPOSITORY, WanLab
from tests.systemd.box import NoBox, SystemBox, image, python_of, why_not

SOURCE = "/root/ispstatus"
WHEELS = "/root/wheels"
AS_INSTALLED = "/root/as-installed.toml"
"""The configuration that the installation wrote."""


@pytest.fixture(scope="session")
def debian() -> Path:
    """The clean system, fetched and made once."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    try:
        return image()
    except NoBox as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def wheels(debian: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``make bundle`` fills for the clean system's Python."""
    folder = tmp_path_factory.mktemp("bundle") / "wheels"
    made = subprocess.run(
        ["make", "bundle", f"BIN={Path(sys.executable).parent}", f"WHEELS={folder}", f"FOR={python_of(debian)}"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"make bundle: {made.stderr.strip()[-300:]}")
    return folder


def supply(box: SystemBox, wheels: Path) -> None:
    """Give a machine the checkout and the bundle."""
    box.copy_checkout(SOURCE)
    box.copy(wheels.parent, (wheels.name,), "/root")


@contextlib.contextmanager
def _machine(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    with WanLab() as lab, SystemBox(lab, debian) as box:
        supply(box, wheels)
        box.write("/etc/ssl/lab.pem", lab.ca.read_text(encoding="utf-8"))
        box.write(
            "/etc/systemd/system/ispstatus.service.d/lab.conf",
            "[Service]\nEnvironment=SSL_CERT_FILE=/etc/ssl/lab.pem\n",
        )
        yield box


@pytest.fixture
def box(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    """A machine nobody touched, with three uplinks, the checkout and the bundle; as a user of ours would have it."""
    with _machine(debian, wheels) as box:
        yield box


@pytest.fixture(scope="module")
def installed(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    """Such a machine with ispstatus on it, for all tests of a module: whatever they do to it, they leave it working."""
    with _machine(debian, wheels) as box:
        said = box.run(f"{SOURCE}/install.sh", "--wheels", WHEELS)
        assert said.code == 0, said.out + said.err
        box.sh(f"cp /etc/ispstatus/ispstatus.toml {AS_INSTALLED}")
        yield box
