"""The case: evidence counted once, with what memory and the stream's figures say."""

from dataclasses import replace

import pytest

from ispstatus.analytics.quality import uplink_quality
from ispstatus.decide.case import Case, Grade, grade, is_session_link, open_case
from ispstatus.model.decision import Memory
from ispstatus.model.evidence import Evidence
from ispstatus.model.sample import Outcome
from ispstatus.model.uplink import Threshold
from tests.helpers.make import (
    FAILED,
    LIMITS,
    NOON,
    OK,
    SILENT,
    UNMEASURED,
    a_memory,
    an_echo,
    an_uplink,
    at,
    echoes,
    evidence,
    figures,
    https,
)

SLOW = an_uplink(limits=replace(LIMITS, latency_ms=Threshold(300, 240)))


def opened(seen: Evidence, memory: Memory | None = None) -> Case:
    return open_case(seen, None, memory or a_memory(), Grade())


@pytest.mark.parametrize(("device", "is_session"), [("ppp0", True), ("wwan1", True), ("eth1", False), ("wlan0", False)])
def test_sessions_are_told_from_hardware_by_name(device: str, *, is_session: bool) -> None:
    assert is_session_link(device) is is_session


def test_validation_is_an_echo_or_a_web_check_that_is_ok() -> None:
    assert opened(evidence(https=())).has_validation
    assert opened(evidence(pings=())).has_validation
    assert not opened(evidence(pings=(), https=https(FAILED, FAILED))).has_validation


def test_measured_means_any_ping_or_web_check() -> None:
    assert opened(evidence(pings=echoes(SILENT), https=())).is_measured
    assert opened(evidence(pings=(), https=https(FAILED))).is_measured
    assert not opened(evidence(pings=echoes(UNMEASURED), https=())).is_measured


def test_an_answer_leaves_no_doubt() -> None:
    assert not opened(evidence(pings=(), https=https(OK))).is_in_doubt
    assert opened(evidence(pings=(), https=https(FAILED, FAILED, FAILED))).is_in_doubt
    assert not opened(evidence(pings=echoes(SILENT, SILENT, SILENT), https=https(FAILED, FAILED, FAILED))).is_in_doubt
    assert opened(evidence(pings=echoes(SILENT, SILENT, SILENT), https=())).is_in_doubt


@pytest.mark.parametrize(
    ("outcome", "answers", "silent"),
    [(OK, True, False), (SILENT, False, True), (FAILED, False, True), (UNMEASURED, False, False), (None, False, False)],
)
def test_the_gateway(outcome: Outcome | None, *, answers: bool, silent: bool) -> None:
    case = opened(evidence(gateway=None if outcome is None else an_echo("203.0.113.1", outcome)))

    assert (case.gateway_answers, case.gateway_is_silent) == (answers, silent)


def test_targets_come_from_quality() -> None:
    quality = uplink_quality([figures()])

    assert open_case(evidence(), quality, a_memory(), Grade()).targets == quality.targets
    assert opened(evidence()).targets == ()


def test_down_began_with_the_run_of_down_else_the_first_bad_else_the_cycle() -> None:
    seen = evidence(first_bad_at=at(-3))

    assert opened(seen, a_memory(down_since_at=at(-60))).down_since_at == at(-60)
    assert opened(seen).down_since_at == at(-3)
    assert opened(evidence()).down_since_at == NOON


def test_without_figures_nothing_counts_and_nothing_is_forgotten() -> None:
    assert grade(evidence(), None, a_memory(exceeded=frozenset({"loss"}))) == Grade(exceeded=frozenset({"loss"}))


def test_what_counts_is_over_and_measured() -> None:
    memory = a_memory(exceeded=frozenset({"latency", "loss"}))
    lossy = uplink_quality([figures(lost=9, recent_lost=5, latency_ms=None)])

    assert grade(evidence(uplink=SLOW), lossy, memory) == Grade(frozenset({"loss", "latency"}), frozenset({"loss"}))
    assert grade(evidence(uplink=SLOW), uplink_quality([figures()]), memory) == Grade()


def test_under_load_only_loss_counts() -> None:
    slow = uplink_quality([figures(latency_ms=500.0, lost=9, recent_lost=5)], is_loaded=True)
    lossy = uplink_quality([figures(lost=9, recent_lost=5)], is_loaded=True)
    both, loss = frozenset({"latency", "loss"}), frozenset({"loss"})

    assert grade(evidence(uplink=SLOW), slow, a_memory()) == Grade(both, loss, is_slowed_by_load=True)
    assert grade(evidence(uplink=SLOW), lossy, a_memory()) == Grade(loss, loss)


def test_opening_remembers_what_the_grade_says() -> None:
    case = open_case(evidence(), None, a_memory(), Grade(exceeded=frozenset({"jitter"}), over=frozenset({"jitter"})))

    assert case.memory.exceeded == case.over == {"jitter"}
