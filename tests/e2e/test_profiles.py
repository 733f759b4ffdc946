"""Ordinary lines with their ordinary flaws are UP on defaults."""

import pytest

from tests.e2e.conftest import Campaigns
from tests.e2e.worlds import DEGRADED, UP
from tests.lab.daemon import Sight


def trail(campaigns: Campaigns, uplink: str) -> list[Sight]:
    assert campaigns.profiles
    campaigns.profiles.wait()
    return campaigns.profiles.trails[uplink]


@pytest.mark.parametrize("uplink", ["fibre", "lte", "leo", "geo", "filtered"])
def test_a_line_with_its_natural_flaws_stays_up(campaigns: Campaigns, uplink: str) -> None:
    assert [sight.verdict for sight in trail(campaigns, uplink)] == [(UP, "ok")]


def test_a_target_that_never_answers_is_a_note(campaigns: Campaigns) -> None:
    last = trail(campaigns, "filtered")[-1].uplink
    assert [ping["ok"] for ping in last["ping"]].count(False) <= 1


def test_dsl_under_its_own_upload_is_loaded_not_degraded(campaigns: Campaigns) -> None:
    seen = trail(campaigns, "dsl")
    assert [sight.verdict for sight in seen] == [(UP, "ok")]


def test_the_same_queueing_without_a_known_bandwidth_is_told_truthfully(campaigns: Campaigns) -> None:
    assert (DEGRADED, "high_latency") in [sight.verdict for sight in trail(campaigns, "dsl-unsaid")]
