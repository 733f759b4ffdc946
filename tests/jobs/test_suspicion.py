"""Two bursts to every target: only when both stay silent is the line called silent, and any answer ends it."""

from collections.abc import Mapping

import pytest

from ispstatus.jobs.suspicion import Suspicion
from ispstatus.jobs.tally import Tally
from ispstatus.model.sample import EchoSample
from tests.helpers.make import a_path
from tests.jobs.rig import Rig
from tests.probes.driving import Driver, eventually, loopback, needs_echo

ALPHA, BETA = "192.0.2.1", "192.0.2.2"


class Suspecting:
    """A suspicion, and what it came to."""

    def __init__(self, rig: Rig, **p99_ms: float | None) -> None:
        self.silent: list[Mapping[str, int]] = []
        self.answers: list[EchoSample] = []
        self.tally = Tally()
        targets = {ALPHA: p99_ms.get("alpha"), BETA: p99_ms.get("beta")}
        self.suspicion = Suspicion(rig.engine, a_path(), targets, self.silent.append, self.answers.append, self.tally)
        self.began = rig.now
        self.suspicion.start()


def times(rig: Rig, address: str) -> list[float]:
    return [round(at - 1000.0, 3) for at, to in rig.line.sent if to == address]


def dead(address: str, sent_boot_s: float) -> None:
    return None


def test_a_silent_burst_is_repeated_once_four_tenths_after_it_was_sent(rig: Rig) -> None:
    rig.line.behave = dead
    here = Suspecting(rig, alpha=20.0, beta=90.0)

    rig.run(5.0)

    assert times(rig, ALPHA) == times(rig, BETA) == [0.0, 0.4]
    assert here.silent == [{ALPHA: 2, BETA: 2}]
    assert here.answers == []
    assert here.tally.total_bytes == 4 * 168


def test_a_burst_slower_than_that_is_repeated_at_once(rig: Rig) -> None:
    rig.line.behave = dead
    here = Suspecting(rig, alpha=20.0, beta=200.0)

    rig.run(5.0)

    assert times(rig, ALPHA) == [0.0, 0.6]
    assert len(here.silent) == 1


@pytest.mark.parametrize("answered", [0.0, 0.4])
def test_one_answer_in_either_burst_ends_it(rig: Rig, answered: float) -> None:
    rig.line.behave = lambda to, sent: 0.1 if to == BETA and sent - 1000.0 > answered - 0.1 else None
    here = Suspecting(rig, alpha=20.0, beta=20.0)

    rig.run(5.0)

    assert [(sample.target, round(sample.sent_boot_s or 0, 3)) for sample in here.answers] == [
        (BETA, 1000.0 + answered)
    ]
    assert here.silent == []


def test_an_answer_after_its_timeout_is_none(rig: Rig) -> None:
    rig.line.behave = lambda to, sent: 0.31
    here = Suspecting(rig, alpha=20.0, beta=20.0)

    rig.run(5.0)

    assert (here.answers, len(here.silent)) == ([], 1)


def test_a_cancelled_one_says_nothing(rig: Rig) -> None:
    rig.line.behave = dead
    here = Suspecting(rig)
    rig.run(0.2)

    here.suspicion.cancel()
    rig.run(5.0)

    assert (here.answers, here.silent) == ([], [])
    assert len(rig.line.sent) == 2


def test_only_echoes_we_can_vouch_for_are_evidence(rig: Rig) -> None:
    rig.line.behave = dead
    here = Suspecting(rig, alpha=20.0, beta=20.0)
    rig.run(0.1)
    rig.stand_still(1.0)  # the first burst is late

    rig.run(5.0)

    assert here.silent == [{ALPHA: 1, BETA: 1}]


def test_what_this_box_could_not_send_is_no_evidence(rig: Rig) -> None:
    rig.line.refuses = True
    here = Suspecting(rig)

    rig.run(5.0)

    assert here.silent == [{}]


@needs_echo
def test_real_answers_end_it(driver: Driver) -> None:
    silent: list[Mapping[str, int]] = []
    answers: list[EchoSample] = []
    targets = {"127.0.0.1": None, ALPHA: None}
    suspicion = Suspicion(driver.engine, loopback(), targets, silent.append, answers.append, Tally())
    driver.on_engine(suspicion.start)

    eventually(lambda: bool(answers))

    assert [sample.target for sample in answers] == ["127.0.0.1"]
    assert silent == []
