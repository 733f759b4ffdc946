"""Six rhythms towards one reflector: spread, counted, dropped with the path, and kept up while nothing answers."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, cast

import pytest

from ispstatus.jobs import sampling
from ispstatus.jobs.board import Board
from ispstatus.jobs.sampling import Sampler
from ispstatus.jobs.tally import Tally
from ispstatus.jobs.tasks import Task, every_s, tasks_of
from ispstatus.model.net import Path
from ispstatus.model.sample import Outcome, RoundTrip
from ispstatus.model.series import Deltas, Protocol, Sample
from ispstatus.model.uplink import Reflector, Sampling
from tests.helpers.make import a_path, an_uplink
from tests.jobs.rig import Rig

FAR = an_uplink(reflector=Reflector("192.0.2.9"))
TASKS = tasks_of(FAR, 4, {}, 1.0)
PACES = every_s(FAR, TASKS, None)


class FarEnd:
    """Stands for every session: answers as told, after 20 ms or as late as it is looked at."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.asked: list[tuple[Protocol, float]] = []
        self.opened: list[tuple[Path, Task]] = []
        self.closed: list[Task] = []
        self.outcome = Outcome.OK
        self.deltas: Deltas | None = None
        self.answers_after_s = 0.02

    def open(self, _engine: Any, path: Path, task: Task) -> Any:
        self.opened.append((path, task))
        return cast(Any, _Session(self, task))


class _Session:
    def __init__(self, far: FarEnd, task: Task) -> None:
        self.far, self.task = far, task
        self.is_closed = False

    def probe(self, *, timeout_s: float, done: Callable[[RoundTrip], None]) -> None:
        assert timeout_s == 3.0
        far, sent = self.far, self.far.rig.now
        far.asked.append((self.task.protocol, sent))
        deltas = far.deltas if self.task.protocol is Protocol.TWAMP else None

        def answer() -> None:
            rtt_ms = round(1000 * (far.rig.now - sent), 3) if far.outcome is Outcome.OK else None
            if not self.is_closed:
                done(RoundTrip(far.outcome, sent, rtt_ms, deltas=deltas))

        far.rig.engine.at(sent + far.answers_after_s, answer)

    def close(self) -> None:
        self.is_closed = True
        self.far.closed.append(self.task)


@pytest.fixture
def far(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> FarEnd:
    made = FarEnd(rig)
    monkeypatch.setattr(sampling, "open_session", made.open)
    return made


@pytest.fixture
def board(rig: Rig) -> Board:
    return Board(rig.hands.clock)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def sampler(rig: Rig, board: Board, tally: Tally, far: FarEnd) -> Iterator[Sampler]:
    made = Sampler(1, rig.engine, board, tally)
    made.aim(a_path(), TASKS, PACES)
    yield made
    made.aim(None, (), {})


def test_each_protocol_is_asked_in_its_own_rhythm(sampler: Sampler, rig: Rig, far: FarEnd) -> None:
    slow = tasks_of(an_uplink(reflector=FAR.reflector, sampling=Sampling(tcp=2, https=10, udp=None)), 4, {}, 1.0)
    sampler.aim(a_path(), slow, PACES)
    far.asked.clear()
    rig.run(60.0)

    counts = {protocol: sum(one is protocol for one, _ in far.asked) for protocol in Protocol}
    assert counts[Protocol.TCP] == 30
    assert counts[Protocol.HTTPS] == 6
    assert counts[Protocol.ICMP] == counts[Protocol.TWAMP] == 12
    assert counts[Protocol.UDP] == 0


def test_no_two_protocols_leave_together(sampler: Sampler, rig: Rig, far: FarEnd) -> None:
    rig.run(20.0)
    moments = sorted(sent for _, sent in far.asked)

    assert min(later - sooner for sooner, later in pairwise(moments)) > 0.5


def test_uplinks_do_not_beat_together(sampler: Sampler, rig: Rig, far: FarEnd, board: Board) -> None:
    others = [Sampler(number, rig.engine, board, Tally()) for number in (2, 3)]
    for other in others:
        other.aim(a_path(), TASKS, PACES)
    rig.run(10.0)
    moments = sorted(sent for _, sent in far.asked)
    for other in others:
        other.aim(None, (), {})

    assert min(later - sooner for sooner, later in pairwise(moments)) > 0.05


def test_samples_are_on_the_board_at_once_and_handed_over_for_their_minute(
    sampler: Sampler, rig: Rig, board: Board
) -> None:
    begun = rig.now
    rig.run(10.0)
    latest = board.latest(1)

    assert len(latest.samples) == 12
    assert {(sample.protocol, sample.rtt_ms, sample.is_own) for sample in latest.samples} == {
        (protocol, 20.0, True) for protocol in Protocol
    }
    assert latest.every_s == dict.fromkeys(Protocol, 5.0)
    taken = sampler.take_samples(begun + 5.0)
    assert len(taken) == 6
    assert taken == sorted(taken, key=lambda sample: sample.sent_boot_s)
    assert len(sampler.take_samples(rig.now + 1)) == 6
    assert sampler.take_samples(rig.now + 1) == []


def test_a_dead_line_is_sampled_on_and_gives_losses_only(sampler: Sampler, rig: Rig, far: FarEnd, board: Board) -> None:
    far.outcome = Outcome.SILENT
    rig.run(10.0)

    assert [sample.rtt_ms for sample in board.latest(1).samples] == [None] * 12


def test_an_answer_that_is_none_is_a_loss_and_what_nobody_vouches_for_is_nothing(
    sampler: Sampler, rig: Rig, far: FarEnd, board: Board
) -> None:
    far.outcome = Outcome.FAILED
    rig.run(5.0)
    assert len(board.latest(1).samples) == 6

    far.outcome = Outcome.UNMEASURED
    rig.run(5.0)
    assert len(board.latest(1).samples) == 6


def test_deltas_are_on_the_board(sampler: Sampler, rig: Rig, far: FarEnd, board: Board) -> None:
    far.deltas = Deltas(rig.now, 12.92, -4.19, 0.11, is_clock_synchronised=False)
    rig.run(5.0)

    assert board.latest(1).deltas == far.deltas


def test_a_change_of_path_drops_what_is_in_flight_and_starts_anew(
    sampler: Sampler, rig: Rig, far: FarEnd, board: Board
) -> None:
    rig.run_until(lambda: len(far.asked) == 1)
    sampler.aim(a_path(generation=8), TASKS, PACES)
    assert far.closed == list(TASKS)
    assert [path.generation for path, _ in far.opened[-6:]] == [8] * 6

    rig.run(0.1)
    assert all(sample.sent_boot_s > far.asked[0][1] for sample in board.latest(1).samples)


def test_the_same_aim_disturbs_nothing(sampler: Sampler, rig: Rig, far: FarEnd) -> None:
    for _ in range(10):
        sampler.aim(a_path(), TASKS, PACES)
        rig.run(1.0)

    assert far.closed == []
    assert len(far.asked) == 12


def test_without_a_path_nothing_is_sent(sampler: Sampler, rig: Rig, far: FarEnd) -> None:
    sampler.aim(None, TASKS, PACES)
    far.asked.clear()
    rig.run(20.0)

    assert far.asked == []


def test_after_a_standstill_nothing_is_made_up_for(sampler: Sampler, rig: Rig, far: FarEnd) -> None:
    rig.run(10.0)
    far.asked.clear()
    rig.stand_still(60.0)
    rig.run(5.0)

    assert len(far.asked) <= 12


def test_an_answer_read_after_a_standstill_says_nothing_of_the_line_a_slow_one_does(
    sampler: Sampler, rig: Rig, far: FarEnd, board: Board
) -> None:
    rig.run_until(lambda: far.asked != [])
    rig.stand_still(1.5)
    rig.run(0.02)
    assert {sample.rtt_ms for sample in board.latest(1).samples} <= {20.0}

    far.answers_after_s = 1.5
    rig.run(10.0)
    assert {sample.rtt_ms for sample in board.latest(1).samples} == {20.0, 1500.0}


def test_every_sample_is_paid_for(sampler: Sampler, rig: Rig, far: FarEnd, tally: Tally) -> None:
    rig.run(10.0)
    counted = Tally()
    for protocol, _ in far.asked:
        counted.add_sample(4, protocol)

    assert tally.total_bytes == counted.total_bytes > 0


def test_what_cycles_measure_counts_only_where_nothing_of_ours_does(rig: Rig, far: FarEnd, board: Board) -> None:
    sampler = Sampler(1, rig.engine, board, Tally())
    sampler.aim(a_path(), tuple(task for task in TASKS if task.protocol is Protocol.UDP), {})
    sampler.tell_samples([Sample(protocol, "public", rig.now, 5.0) for protocol in (Protocol.UDP, Protocol.HTTP)])
    rig.run(0.0)

    assert [sample.protocol for sample in board.latest(1).samples] == [Protocol.HTTP]
    assert [sample.protocol for sample in sampler.take_samples(rig.now + 1)] == [Protocol.HTTP]
    sampler.aim(None, (), {})


def test_what_meets_a_throughput_test_is_no_sample(rig: Rig, far: FarEnd, board: Board) -> None:
    begun = rig.now
    made = Sampler(1, rig.engine, board, Tally(), lambda boot_s: boot_s < begun + 10.0)
    made.aim(a_path(), TASKS, PACES)
    rig.run(20.0)
    made.aim(None, (), {})

    taken = made.take_samples(rig.now)
    assert taken
    assert min(sample.sent_boot_s for sample in taken) >= begun + 10.0
    assert len(board.latest(1).samples) == len(taken)
