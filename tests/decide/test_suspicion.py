"""Suspicion: how long to wait, whom to leave alone, how often to act."""

from typing import Any

import pytest

from ispstatus.decide.suspicion import (
    burst_timeout_s,
    contradicts,
    event_gap_s,
    is_muted,
    is_pingless,
    may_start_event_cycle,
)
from ispstatus.model.sample import Outcome
from ispstatus.model.state import State
from tests.helpers.make import FAILED, OK, SILENT, UNMEASURED, echoes, evidence, https


@pytest.mark.parametrize(
    ("p99_ms", "timeout_s"),
    [
        pytest.param(None, 1.0, id="until learnt"),
        pytest.param(20.0, 0.3, id="a quick line waits 300 ms"),
        pytest.param(100.0, 0.3, id="at 100 ms"),
        pytest.param(200.0, 0.6, id="three times the p99"),
        pytest.param(640.0, 1.92, id="GEO"),
        pytest.param(5000.0, 3.0, id="never more than 3 s"),
    ],
)
def test_patience_follows_the_targets_own_p99(p99_ms: float | None, timeout_s: float) -> None:
    assert burst_timeout_s(p99_ms) == pytest.approx(timeout_s)


@pytest.mark.parametrize(
    ("silent_run", "others_answer", "muted"),
    [(9, True, False), (10, True, True), (10, False, False), (50, False, False)],
)
def test_a_target_is_muted_after_ten_silent_sends_while_another_answers(
    silent_run: int, *, others_answer: bool, muted: bool
) -> None:
    assert is_muted(silent_run, others_answer=others_answer) is muted


def test_event_cycles_back_off_while_down() -> None:
    assert [event_gap_s(n) for n in (0, 1, 2, 3, 4, 1000)] == [2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(
    ("now", "last", "while_down", "may"),
    [
        pytest.param(100.0, None, 0, True, id="the first event ever"),
        pytest.param(101.9, 100.0, 0, False, id="within 2 s"),
        pytest.param(102.0, 100.0, 0, True, id="after 2 s"),
        pytest.param(110.0, 100.0, 3, False, id="within 15 s while down"),
        pytest.param(115.0, 100.0, 3, True, id="after 15 s while down"),
    ],
)
def test_when_an_event_may_start_a_cycle(now: float, last: float | None, while_down: int, *, may: bool) -> None:
    assert may_start_event_cycle(now, last, events_while_down=while_down) is may


@pytest.mark.parametrize(
    ("seen", "pingless"),
    [
        pytest.param({"pings": echoes(SILENT, SILENT)}, True, id="web ok and pings silent"),
        pytest.param({"pings": ()}, True, id="web ok and no pings"),
        pytest.param({"pings": echoes(SILENT, OK)}, False, id="a ping answers"),
        pytest.param({"pings": (), "https": https(FAILED)}, False, id="neither"),
    ],
)
def test_pingless_lines_are_judged_by_the_minute(seen: dict[str, Any], *, pingless: bool) -> None:
    assert is_pingless(evidence(**seen)) is pingless


def test_before_any_evidence_a_line_is_not_pingless() -> None:
    assert not is_pingless(None)


@pytest.mark.parametrize(
    ("seen", "against"),
    [
        pytest.param((SILENT, SILENT, OK), {State.DOWN}, id="one answer speaks against DOWN alone"),
        pytest.param(
            (SILENT, SILENT, SILENT), {State.UP, State.DEGRADED, State.UNKNOWN}, id="silence against the rest"
        ),
        pytest.param((UNMEASURED, SILENT, UNMEASURED), {State.UP, State.DEGRADED, State.UNKNOWN}, id="one silence too"),
        pytest.param((UNMEASURED, UNMEASURED, UNMEASURED), set(), id="nothing measured speaks against nothing"),
    ],
)
def test_echoes_alone_speak_against_a_verdict(seen: tuple[Outcome, ...], against: set[State]) -> None:
    assert {state for state in State if contradicts(evidence(pings=echoes(*seen)), state)} == against
