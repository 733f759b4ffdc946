"""What is over before anybody looks is remembered all the same."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.worlds import NAMES, UP, World, open_world
from tests.lab import faults

SECONDS = 4.0
EDGE_WITHIN_S = 2.0
"""The promise is 1.5 s on an idle machine; tests share theirs."""


@pytest.mark.beside
def test_a_blackhole_of_four_seconds_is_in_the_record(tmp_path: Path) -> None:
    with open_world(tmp_path / "state") as world:
        world.daemon.wait_until_up(NAMES)
        began = time.time()
        faults.inject(world.lab, "blackhole", "fibre")
        time.sleep(SECONDS)
        healed = time.time()
        faults.heal(world.lab, "fibre")
        world.daemon.wait_for("fibre", UP, "ok", within_s=15, ask_every_s=None)
        outage = the_one_outage(world)
    assert outage["name"] == "fibre"
    assert edge(outage["started_utc"]) == pytest.approx(began, abs=EDGE_WITHIN_S)
    assert edge(outage["ended_utc"]) == pytest.approx(healed, abs=EDGE_WITHIN_S)


def the_one_outage(world: World, within_s: float = 5.0) -> dict[str, Any]:
    """Return the only outage, once it is over in the record."""
    deadline = time.monotonic() + within_s
    while True:
        found: list[dict[str, Any]] = world.daemon.get("/api/outages?range=24h").json["outages"]
        if len(found) == 1 and not found[0]["ongoing"]:
            return found[0]
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def edge(text: str) -> float:
    """Return a time of the API as epoch seconds."""
    return datetime.fromisoformat(text).timestamp()
