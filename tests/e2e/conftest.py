"""End-to-end tests run the daemon in the multi-WAN lab: as root, or skipped with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.campaign import Campaign
from tests.e2e.lifelike import ProfileRun
from tests.e2e.worlds import NAMES, World, open_world
from tests.lab import faults
from tests.lab.topology import why_not

collect_ignore = [
    # Not green yet: what they ask of the daemon is not all built. Each leaves this list with the change that makes it so.
    "test_clock.py",
    "test_dns.py",
    "test_faults.py",
    "test_guard.py",
    "test_healthy.py",
    "test_hostile.py",
    "test_links.py",
    "test_portal.py",
    "test_shapes.py",
    "test_starved.py",
    "test_storage.py",
]

_HERE = Path(__file__).parent
_IN_BACKGROUND = ("test_faults.py", "test_profiles.py")
"""Their scenarios run beside the other end-to-end tests, so their tests come last."""


@dataclass(slots=True)
class Campaigns:
    """What runs in the background."""

    faults: dict[str, Campaign]
    profiles: ProfileRun | None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and skip it where the lab cannot run."""
    items.sort(key=lambda item: _HERE in item.path.parents and item.path.name in _IN_BACKGROUND)
    ours = [item for item in items if _HERE in item.path.parents]
    reason = why_not() if ours else None
    for item in ours:
        item.add_marker(pytest.mark.lab)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


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
