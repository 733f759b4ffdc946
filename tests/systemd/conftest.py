"""The tests of this folder that boot a system are slow and need root; where they cannot run they are skipped.

In a run of more than them a process of their own runs them beside the others; their turn only collects the outcome.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.topology import REPOSITORY, WanLab
from tests.systemd.beside import ProcessBeside, tell
from tests.systemd.box import NoBox, SystemBox, image, python_of, why_not

_HERE = Path(__file__).parent
_BESIDE: pytest.StashKey[ProcessBeside] = pytest.StashKey()
SOURCE = "/root/ispstatus"
WHEELS = "/root/wheels"
AS_INSTALLED = "/root/as-installed.toml"
"""The configuration that the installation wrote."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start what runs beside the others."""
    ours = [item.nodeid for item in session.items if _HERE in item.path.parents and item.get_closest_marker("slow")]
    is_worth_it = ours and len(ours) < len(session.items) and not session.config.option.collectonly and not why_not()
    if not tell(session.config) and is_worth_it:
        session.config.stash[_BESIDE] = ProcessBeside(session.config, ours)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Hand on what was told of a test; one of which nothing was told is run here."""
    beside = item.config.stash.get(_BESIDE, None)
    reports = beside.reports_of(item.nodeid) if beside else []
    if not reports:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    item.session._setupstate.teardown_exact(nextitem)  # what the test before left standing for this one
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing is left running."""
    beside = session.config.stash.get(_BESIDE, None)
    if beside:
        beside.end()


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
def machine(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    """A machine nobody touched, with three uplinks, the checkout and the bundle; as a user of ours would have it."""
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
    with machine(debian, wheels) as box:
        yield box


@pytest.fixture(scope="module")
def installed(debian: Path, wheels: Path) -> Iterator[SystemBox]:
    """Such a machine with ispstatus on it, for all tests of a module: whatever they do to it, they leave it working."""
    with machine(debian, wheels) as box:
        said = box.run(f"{SOURCE}/install.sh", "--wheels", WHEELS)
        assert said.code == 0, said.out + said.err
        box.sh(f"cp /etc/ispstatus/ispstatus.toml {AS_INSTALLED}")
        yield box
