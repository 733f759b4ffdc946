"""Every fault on each uplink: right state, right reason, right place; nothing moves on the others."""

from datetime import datetime

import pytest

from tests.e2e.campaign import CASES, Case
from tests.e2e.conftest import Campaigns
from tests.e2e.worlds import DOWN, NAMES, UP

_BY_NAME = {case.name: case for case in CASES}


@pytest.mark.parametrize("uplink", NAMES)
@pytest.mark.parametrize("case", CASES, ids=_BY_NAME)
def test_a_fault_is_named_and_touches_nobody_else(campaigns: Campaigns, case: Case, uplink: str) -> None:
    record = campaigns.faults[uplink].record(case)
    assert not record.error
    assert record.seen
    assert record.seen.verdict == case.wanted(uplink)
    told = record.seen.uplink
    if record.seen.state != UP:
        assert told["fault"] == case.fault
        assert told["next_check"]
    assert told["state_text"].startswith(told["state_label"])
    others = {name: verdicts for name, verdicts in record.others.items() if name != uplink}
    assert others == {name: [(UP, "ok")] for name in NAMES if name != uplink}


@pytest.mark.parametrize("uplink", NAMES)
def test_each_fault_that_took_the_uplink_down_left_one_outage(campaigns: Campaigns, uplink: str) -> None:
    campaigns.faults[uplink].wait()
    outages = sorted(campaigns.faults[uplink].outages, key=lambda outage: str(outage["first_bad_utc"]))
    assert {outage["name"] for outage in outages} == {uplink}
    downs = [case.want[1] for case in CASES if case.wanted(uplink)[0] == DOWN]
    # A flapping carrier may be one short outage or several; it is the only fault that may.
    reasons = [str(outage["reason"]) for outage in outages]
    flaps = len(reasons) - len(downs)
    assert 0 <= flaps <= 5, reasons
    assert reasons[: len(downs)] == downs
    assert set(reasons[len(downs) :]) <= {"no_carrier"}
    for outage in outages:
        edges = [str(outage[f"{edge}_utc"]) for edge in ("first_bad", "last_bad", "first_good")]
        moments = [datetime.fromisoformat(edge) for edge in edges]
        assert moments == sorted(moments)
