"""The lab's own tests need the lab: as an ordinary user they are skipped, with the reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import faults
from tests.lab.topology import WanLab, why_not

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and skip it where the lab cannot run."""
    ours = [item for item in items if _HERE in item.path.parents]
    reason = why_not() if ours else None
    for item in ours:
        item.add_marker(pytest.mark.lab)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module")
def network() -> Iterator[WanLab]:
    """One lab for the module."""
    with WanLab() as lab:
        yield lab


@pytest.fixture
def lab(network: WanLab) -> Iterator[WanLab]:
    """The module's lab, healed after the test."""
    yield network
    faults.heal(network)
