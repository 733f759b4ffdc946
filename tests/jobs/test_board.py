"""Ten minutes of every agent, written by some threads and read by others."""

import threading

import pytest

from ispstatus.jobs.board import MOST_SAMPLES, Board
from ispstatus.model.series import Deltas, Protocol, Sample
from tests.jobs.rig import Hands


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def board(hands: Hands) -> Board:
    return Board(hands.clock)


def echo(boot_s: float, rtt_ms: float | None = 9.0) -> Sample:
    return Sample(Protocol.ICMP, "192.0.2.1", boot_s, rtt_ms)


def test_samples_come_back_in_the_order_they_were_sent(board: Board, hands: Hands) -> None:
    for ago_s in (1, 3, 2):  # as they were settled
        board.note(1, echo(hands.boot - ago_s))

    assert [hands.boot - one.sent_boot_s for one in board.latest(1).samples] == [3, 2, 1]
    assert board.latest(2).samples == ()


def test_ten_minutes_later_nothing_is_left(board: Board, hands: Hands) -> None:
    board.note(1, echo(hands.boot))
    hands.pass_time(599)
    assert len(board.latest(1).samples) == 1

    hands.pass_time(2)
    assert board.latest(1).samples == ()
    board.note(1, echo(hands.boot))
    assert len(board._agents[1].samples) == 1


def test_a_loss_that_is_cancelled_is_no_loss_any_more(board: Board, hands: Hands) -> None:
    lost = echo(hands.boot, None)
    board.note(1, lost)
    assert board.latest(1).recent().latency[Protocol.ICMP].lost == 1

    lost.rtt_ms = 700.0
    assert board.latest(1).recent().latency[Protocol.ICMP].lost == 0


def test_more_than_anybody_should_note_forgets_the_oldest(board: Board, hands: Hands) -> None:
    for number in range(MOST_SAMPLES + 5):
        board.note(1, echo(hands.boot - 100 + number / 1000))

    samples = board.latest(1).samples
    assert len(samples) == MOST_SAMPLES
    assert samples[0].sent_boot_s == pytest.approx(hands.boot - 100 + 0.005)


def test_deltas_are_told_for_five_minutes(board: Board, hands: Hands) -> None:
    deltas = Deltas(hands.boot, 12.92, -4.19, 0.11, is_clock_synchronised=False)
    board.note_deltas(1, deltas)
    assert board.latest(1).deltas == deltas

    hands.pass_time(301)
    assert board.latest(1).deltas is None


def test_windows_follow_the_pace(board: Board) -> None:
    board.set_pace(1, {Protocol.HTTPS: 60.0})

    assert board.latest(1).window_s(Protocol.HTTPS) == 120
    assert board.latest(1).window_s(Protocol.ICMP) == 10


def test_reading_while_others_write_never_fails(board: Board, hands: Hands) -> None:
    writing = threading.Event()

    def write() -> None:
        while not writing.is_set():
            board.note(1, echo(hands.boot))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(50):
            board.latest(1).recent()
    finally:
        writing.set()
        thread.join()
