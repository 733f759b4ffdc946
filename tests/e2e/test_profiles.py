"""Ordinary lines with their ordinary flaws are UP on defaults."""

from typing import Any

import pytest

from tests.e2e.conftest import Campaigns
from tests.e2e.worlds import DEGRADED, UP
from tests.lab.daemon import Sight


def trail(campaigns: Campaigns, uplink: str) -> list[Sight]:
    assert campaigns.profiles
    campaigns.profiles.wait()
    return campaigns.profiles.trails[uplink]


def at_last(campaigns: Campaigns, uplink: str) -> dict[str, Any]:
    assert campaigns.profiles
    campaigns.profiles.wait()
    return campaigns.profiles.last[uplink].uplink


@pytest.mark.parametrize("uplink", ["fibre", "lte", "leo", "geo", "filtered"])
def test_a_line_with_its_natural_flaws_stays_up(campaigns: Campaigns, uplink: str) -> None:
    sights = trail(campaigns, uplink)
    assert [sight.verdict for sight in sights] == [(UP, "ok")], [sight.uplink["quality"] for sight in sights]


def test_a_target_that_never_answers_is_a_note(campaigns: Campaigns) -> None:
    told = at_last(campaigns, "filtered")
    assert [ping["target"] for ping in told["ping"] if not ping["ok"]] == ["9.9.9.9"]
    assert told["notes"].count("target_silent") == 1
    assert told["quality"]["loss_pct"] == 0.0


def test_dsl_under_its_own_upload_is_loaded_not_degraded(campaigns: Campaigns) -> None:
    assert [sight.verdict for sight in trail(campaigns, "dsl")] == [(UP, "ok")]
    told = at_last(campaigns, "dsl")
    assert "loaded" in told["notes"]
    assert told["quality"]["latency_ms"] > 300, "the queue stood"


def test_the_same_queueing_without_a_known_bandwidth_is_told_truthfully(campaigns: Campaigns) -> None:
    assert (DEGRADED, "high_latency") in [sight.verdict for sight in trail(campaigns, "dsl-unsaid")]
