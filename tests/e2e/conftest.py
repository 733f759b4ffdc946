"""End-to-end tests run the daemon in the multi-WAN lab: as root, or skipped with the reason.

They mostly wait. So the scenarios of ``test_faults`` and ``test_profiles``, and every test marked ``beside`` (it has
a lab of its own and asks for nothing but ``tmp_path``), run in threads beside the others; their turn only collects
the outcome.
"""

import inspect
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.campaign import Campaign
from tests.e2e.lifelike import ProfileRun
from tests.e2e.worlds import NAMES, World, open_world
from tests.lab import faults
from tests.lab.topology import why_not

_HERE = Path(__file__).parent
_COUNTING = (_HERE.parent / "net", _HERE.parent / "probes")
_PROCESS_BESIDE = _HERE.parent / "systemd"
_IN_BACKGROUND = ("test_faults.py", "test_profiles.py")
_AT_ONCE = 3
_BESIDE: pytest.StashKey[Future[None]] = pytest.StashKey()


@dataclass(slots=True)
class Campaigns:
    """What runs in the background."""

    faults: dict[str, Campaign]
    profiles: ProfileRun | None


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "beside: has a lab of its own and runs in a thread beside the others")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, skip it where the lab cannot run, and let what runs beside come last.

    First come those that count the files and threads of this process: what runs beside them would be counted too.
    """
    ours = [item for item in items if _HERE in item.path.parents]
    items.sort(key=_turn)
    reason = why_not() if ours else None
    for item in ours:
        item.add_marker(pytest.mark.lab)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def _turn(item: pytest.Item) -> int:
    if _HERE in item.path.parents:
        return 2 if item.path.name in _IN_BACKGROUND else int(_is_beside(item))
    if _PROCESS_BESIDE in item.path.parents:
        return 3
    return -1 if any(folder in item.path.parents for folder in _COUNTING) else 0


def _is_beside(item: pytest.Item) -> bool:
    return item.get_closest_marker("beside") is not None


def _is_skipped(item: pytest.Item) -> bool:
    return any(marker.args[0] for marker in item.iter_markers("skipif")) or bool(item.get_closest_marker("skip"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Collect the outcome of a test that ran beside the others."""
    outcome = pyfuncitem.stash.get(_BESIDE, None)
    if outcome is None:
        return None
    outcome.result()
    return True


@pytest.fixture(scope="session", autouse=True)
def beside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start the tests marked ``beside``, a few at a time, before the first end-to-end test."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for item in request.session.items:
            if isinstance(item, pytest.Function) and _is_beside(item) and not _is_skipped(item):
                values = item.callspec.params if hasattr(item, "callspec") else {}
                if "tmp_path" in inspect.signature(item.obj).parameters:
                    values = {**values, "tmp_path": tmp_path_factory.mktemp("beside")}
                item.stash[_BESIDE] = pool.submit(item.obj, **values)
        yield
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session", autouse=True)
def campaigns(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaigns]:
    """The scenarios in the background, started before the first end-to-end test when they will be asked for."""
    wanted = {item.path.name for item in request.session.items}
    campaigns = Campaigns({}, None)
    if "test_faults.py" in wanted:
        campaigns.faults = {name: Campaign(name, tmp_path_factory.mktemp(name) / "state") for name in NAMES}
    if "test_profiles.py" in wanted:
        campaigns.profiles = ProfileRun(tmp_path_factory.mktemp("profiles") / "state")
    yield campaigns
    for campaign in campaigns.faults.values():
        campaign.end()
    if campaigns.profiles:
        campaigns.profiles.end()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The three plain uplinks with names, and a daemon on defaults; one for the module."""
    with open_world(tmp_path_factory.mktemp("state") / "state") as world:
        world.daemon.wait_until_up(NAMES)
        yield world


@pytest.fixture
def world(running: World) -> Iterator[World]:
    """The module's world, whole before and after the test."""
    running.daemon.wait_until_up(NAMES, within_s=30)
    yield running
    faults.heal(running.lab)
