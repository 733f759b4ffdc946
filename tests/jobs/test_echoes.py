"""Up to three echoes to one target of a cycle, half a second apart: one answer makes it ok."""

from collections.abc import Callable

import pytest

from ispstatus.jobs.echoes import EchoSeries
from ispstatus.model.sample import EchoSample, Outcome
from tests.helpers.make import FAILED, OK, SILENT, UNMEASURED, a_path
from tests.jobs.rig import Rig
from tests.probes.driving import NOWHERE, Driver, eventually, loopback, needs_echo

TARGET = "192.0.2.1"


class Asking:
    """A series on a rig, and when it was over."""

    def __init__(self, rig: Rig, *, count: int = 3, sent_before: int = 0) -> None:
        self.over_at: list[float] = []
        self.series = EchoSeries(
            rig.engine, a_path(), TARGET, "Alpha", count=count, timeout_s=1.0,
            done=lambda: self.over_at.append(round(rig.now - began, 3)), sent_before=sent_before,
        )  # fmt: skip
        began = rig.now
        self.series.start()

    def told(self) -> tuple[Outcome, int, int]:
        sample = self.series.sample()
        return sample.outcome, sample.sent, sample.received


def nth(answered: int) -> Callable[[str, float], float | None]:
    """Answer the echo that leaves in this half second."""
    return lambda to, sent: 0.1 if round((sent - 1000.0) * 2) == answered else None


@pytest.mark.parametrize(
    ("answered", "left", "over_at", "told"),
    [
        pytest.param(0, [0.0], 0.1, (OK, 1, 1), id="the-first-answer-spares-the-others"),
        pytest.param(1, [0.0, 0.5], 0.6, (OK, 1, 1), id="the-second"),
        pytest.param(2, [0.0, 0.5, 1.0], 1.1, (OK, 2, 1), id="the-third"),
        pytest.param(9, [0.0, 0.5, 1.0], 2.0, (SILENT, 3, 0), id="none"),
    ],
)
def test_one_answer_makes_it_ok(
    rig: Rig, answered: int, left: list[float], over_at: float, told: tuple[Outcome, int, int]
) -> None:
    rig.line.behave = nth(answered)
    here = Asking(rig)

    rig.run(10.0)

    assert [round(at - 1000.0, 3) for at, _ in rig.line.sent] == left
    assert here.over_at == [over_at]
    assert here.told() == told
    assert here.series.launched == len(left)


def test_an_answer_says_when_its_echo_left(rig: Rig) -> None:
    rig.line.behave = nth(1)
    here = Asking(rig)
    assert here.series.answered_sent_boot_s is None

    rig.run(10.0)

    assert here.series.sample().answered_sent_boot_s == pytest.approx(1000.5)
    assert here.series.sample().rtt_ms == pytest.approx(100.0)


def test_what_bursts_sent_in_vain_counts_as_sent(rig: Rig) -> None:
    rig.line.behave = nth(9)
    here = Asking(rig, count=1, sent_before=2)

    rig.run(10.0)

    assert here.told() == (SILENT, 3, 0)
    assert here.series.launched == 1


def test_one_echo_we_can_vouch_for_outweighs_those_we_cannot(rig: Rig) -> None:
    rig.line.behave = nth(9)
    here = Asking(rig)
    rig.run(0.1)
    rig.stand_still(0.9)  # the first was pending meanwhile

    rig.run(10.0)

    assert here.told() == (SILENT, 2, 0)


def test_what_this_box_could_not_send_is_unmeasured(rig: Rig) -> None:
    rig.line.refuses = True
    here = Asking(rig)

    rig.run(10.0)

    assert here.told() == (UNMEASURED, 0, 0)
    assert here.series.sample().error == "not permitted"


def test_a_cancelled_series_says_and_sends_nothing_more(rig: Rig) -> None:
    rig.line.behave = lambda to, sent: 0.3
    here = Asking(rig)
    rig.run(0.2)

    here.series.cancel()
    rig.run(10.0)

    assert here.over_at == []
    assert len(rig.line.sent) == 1


@needs_echo
@pytest.mark.parametrize(("address", "outcomes"), [("127.0.0.1", {OK}), (NOWHERE, {SILENT, FAILED, UNMEASURED})])
def test_on_real_sockets(driver: Driver, address: str, outcomes: set[Outcome]) -> None:
    over: list[EchoSample] = []

    def make() -> None:
        series = EchoSeries(
            driver.engine,
            loopback(),
            address,
            "Alpha",
            count=2,
            timeout_s=0.2,
            done=lambda: over.append(series.sample()),
        )
        series.start()

    driver.on_engine(make)
    eventually(lambda: bool(over))

    assert {sample.outcome for sample in over} <= outcomes
