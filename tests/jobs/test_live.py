"""What an uplink keeps of a cycle, and what it counts."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ispstatus.analytics.counts import Counts
from ispstatus.decide.cadence import Round
from ispstatus.jobs.live import LiveUplink
from ispstatus.jobs.messages import CycleReport
from ispstatus.model.quality import Quality
from tests.helpers.make import FAILED, HTTPS, NOON_TS, OK, UNMEASURED, evidence, https, names
from tests.jobs.living import a_live


def in_a_cycle(chosen: Round) -> LiveUplink:
    plan = SimpleNamespace(round=chosen, other_path=None, https=HTTPS)
    return a_live(cycle=cast(Any, SimpleNamespace(plan=plan)))


def a_report(*, is_complete: bool, **seen: Any) -> CycleReport:
    given = {"https": https(OK, FAILED, UNMEASURED), "dns": names(OK, FAILED), **seen}
    return CycleReport(1, 1, evidence(**given), Quality(), 10.0, 12.0, is_complete=is_complete)


def test_a_cycles_checks_are_counted_once_when_all_are_in() -> None:
    live = in_a_cycle(Round())

    live.learn(a_report(is_complete=False))
    assert live.counts.of(NOON_TS) == Counts()
    live.learn(a_report(is_complete=True))

    assert live.counts.of(NOON_TS) == Counts(http_ok=1, http_failed=1, dns_ok=1, dns_failed=1)


def test_answers_that_merely_stand_are_not_counted_again() -> None:
    live = in_a_cycle(Round(dns=False))

    live.learn(a_report(is_complete=True, https=()))

    assert live.counts.of(NOON_TS) == Counts()
    assert live.dns == ()


@pytest.mark.parametrize("is_complete", [True, False])
def test_what_was_measured_stands_until_it_is_asked_again(is_complete: bool) -> None:
    live = in_a_cycle(Round())

    live.learn(a_report(is_complete=is_complete))

    assert [(sample.outcome, at) for sample, at in live.https.values()] == [(OK, 12.0), (FAILED, 12.0)]
    assert live.dns_boot_s == 12.0
