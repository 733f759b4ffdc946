"""What tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.probes.engine import Engine
from tests.jobs.bench import Bench
from tests.jobs.rig import Rig, rigged
from tests.net.namespace import Namespace, enter, namespace
from tests.probes.driving import Driver


@pytest.fixture
def rig() -> Iterator[Rig]:
    """The engine's loop on a clock of its own, not started: ``run`` turns it."""
    with rigged() as made:
        yield made


@pytest.fixture
def bench(rig: Rig, tmp_path: Path) -> Iterator[Bench]:
    """One uplink followed on the rig, with a judge and a real database."""
    made = Bench(rig, tmp_path)
    yield made
    made.close()


@pytest.fixture
def driver() -> Iterator[Driver]:
    """A running engine on the real clock."""
    engine = Engine(SYSTEM)
    engine.start()
    yield Driver(engine)
    engine.stop()


@pytest.fixture
def space() -> Iterator[Namespace]:
    """A network namespace of the test's own; ask for ``needs_namespaces``."""
    with namespace() as made:
        yield made


@pytest.fixture
def inside(space: Namespace, driver: Driver) -> Driver:
    """A running engine on the real clock that lives in ``space``."""
    driver.on_engine(lambda: enter(space.name))
    return driver
