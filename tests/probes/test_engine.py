"""The loop: order, deadlines, lateness, life."""

import logging
import os
import socket
import threading
import time

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.probes.engine import Engine, Timer
from tests.probes.driving import Driver, JumpingClock, eventually

pytestmark = pytest.mark.usefixtures("open_files")


def test_posted_actions_run_on_the_engine_thread_in_the_order_they_were_posted(driver: Driver) -> None:
    seen: list[tuple[int, str]] = []
    for number in range(100):
        driver.engine.post(lambda number=number: seen.append((number, threading.current_thread().name)))  # type: ignore[misc]
    driver.on_engine(lambda: None)
    assert seen == [(number, "engine") for number in range(100)]


def test_a_deadline_in_the_past_fires_in_a_later_turn(driver: Driver) -> None:
    order: list[str] = []

    def start() -> None:
        driver.engine.at(0.0, lambda: order.append("timer"))
        order.append("caller")

    driver.on_engine(start)
    eventually(lambda: order == ["caller", "timer"])


def test_a_deadline_in_the_past_is_no_late_turn(driver: Driver) -> None:
    started = SYSTEM.boot()
    fired = threading.Event()
    driver.on_engine(lambda: driver.engine.at(started - 100.0, fired.set))
    assert fired.wait(5)
    assert not driver.engine.is_late(started - 200.0, SYSTEM.boot())


def test_deadlines_fire_in_order_and_cancelled_ones_never(driver: Driver) -> None:
    order: list[int] = []
    fired = threading.Event()

    def start() -> Timer:
        now = driver.engine.clock.boot()
        driver.engine.at(now + 0.06, fired.set)
        timer = driver.engine.at(now + 0.02, lambda: order.append(2))
        for number in (3, 1):
            driver.engine.at(now + number * 0.01, lambda number=number: order.append(number))  # type: ignore[misc]
        return timer

    timer = driver.on_engine(start)
    driver.on_engine(timer.cancel)
    driver.on_engine(timer.cancel)
    assert fired.wait(5)
    assert order == [1, 3]


def test_a_broken_action_is_logged_and_ends_nothing(driver: Driver, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        driver.engine.post(lambda: 1 / 0)  # type: ignore[arg-type]
        assert driver.on_engine(lambda: "alive") == "alive"
    assert "engine thread" in caplog.text


def test_what_waits_in_a_socket_is_read_before_its_deadline_expires(driver: Driver) -> None:
    ours, theirs = socket.socketpair()
    order: list[str] = []
    done = threading.Event()

    def read() -> None:
        ours.recv(10)
        order.append("answer")

    def start() -> None:
        driver.engine.watch(ours, on_readable=read)
        driver.engine.at(driver.engine.clock.boot() + 0.01, lambda: order.append("deadline"))
        driver.engine.at(driver.engine.clock.boot() + 0.02, done.set)
        theirs.send(b"x")
        time.sleep(0.05)  # both are due when the engine turns again

    driver.on_engine(start)
    assert done.wait(5)
    assert order == ["answer", "deadline"]
    driver.on_engine(lambda: driver.engine.unwatch(ours))
    ours.close()
    theirs.close()


def test_a_socket_that_inherits_a_closed_ones_number_is_not_woken_by_its_event(driver: Driver) -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    fresh: list[socket.socket] = []
    woken: list[str] = []

    def close_the_other(index: int) -> None:
        other = pairs[1 - index][0]
        if fresh:
            return
        number = other.fileno()
        driver.engine.unwatch(other)
        other.close()
        heir, far = socket.socketpair()
        if heir.fileno() != number:
            heir, far = far, heir
        fresh.extend((heir, far))
        driver.engine.watch(heir, on_readable=lambda: woken.append("heir"))
        driver.engine.unwatch(pairs[index][0])

    def start() -> None:
        for index, (ours, theirs) in enumerate(pairs):
            driver.engine.watch(ours, on_readable=lambda index=index: close_the_other(index))  # type: ignore[misc]
            theirs.send(b"x")

    driver.on_engine(start)
    eventually(lambda: bool(fresh))
    driver.on_engine(lambda: None)
    assert woken == []
    driver.on_engine(lambda: driver.engine.unwatch(fresh[0]))
    for sock in (*fresh, *pairs[0], *pairs[1]):
        sock.close()


def test_errors_reach_the_error_callback_or_else_the_others(driver: Driver) -> None:
    heard: list[str] = []
    hung_up, theirs = socket.socketpair()
    theirs.close()
    with hung_up:

        def hear(word: str) -> None:
            heard.append(word)
            driver.engine.unwatch(hung_up)

        driver.on_engine(lambda: driver.engine.watch(hung_up, on_readable=lambda: hear("readable")))
        eventually(lambda: heard == ["readable"])
        driver.on_engine(lambda: driver.engine.watch(hung_up, on_error=lambda: hear("error")))
        eventually(lambda: heard == ["readable", "error"])


def test_a_gap_of_three_minutes_is_remembered_as_late(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    before = clock.clock.boot()
    driver.on_engine(lambda: None)
    clock.sleep(180.0)
    eventually(lambda: driver.engine.is_late(before, clock.clock.boot()))
    driver.on_engine(lambda: None)
    after = clock.clock.boot()
    assert not driver.engine.is_late(after, after + 60.0)


def test_a_stall_is_announced() -> None:
    clock, told = JumpingClock(), []
    engine = Engine(clock.clock, on_stall=lambda start, end: told.append(end - start))
    engine.start()
    Driver(engine).on_engine(lambda: clock.sleep(10.0))
    eventually(lambda: len(told) == 1)
    engine.stop()
    assert told[0] >= 10.0


def test_a_turn_a_tenth_of_a_second_late_is_not_late(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    before = clock.clock.boot()
    driver.on_engine(lambda: clock.sleep(0.1))
    driver.on_engine(lambda: None)
    assert not driver.engine.is_late(before, clock.clock.boot())


def test_only_so_many_gaps_are_remembered(jumping: tuple[Driver, JumpingClock]) -> None:
    driver, clock = jumping
    before = clock.clock.boot()
    driver.on_engine(lambda: clock.sleep(2.0))
    driver.on_engine(lambda: None)
    middle = clock.clock.boot()
    assert driver.engine.is_late(before, middle)
    for _ in range(300):
        driver.on_engine(lambda: clock.sleep(2.0))
    driver.on_engine(lambda: None)
    assert not driver.engine.is_late(before, middle)
    assert driver.engine.is_late(middle, clock.clock.boot())


def test_the_beat_goes_on_without_any_work(driver: Driver) -> None:
    beat = driver.engine.beat_boot_s
    eventually(lambda: driver.engine.beat_boot_s > beat)


def test_start_and_stop_may_be_repeated_and_leave_nothing_open() -> None:
    engine = Engine(SYSTEM)
    engine.start()
    engine.start()
    ours, theirs = socket.socketpair()
    Driver(engine).on_engine(lambda: engine.watch(ours, on_readable=lambda: None))
    engine.stop()
    engine.stop()
    assert "engine" not in {thread.name for thread in threading.enumerate()}
    assert ours.fileno() == -1
    theirs.close()
    with pytest.raises(RuntimeError):
        engine.start()


def test_an_engine_never_started_can_be_stopped() -> None:
    Engine(SYSTEM).stop()


def test_after_stop_nothing_posted_is_run() -> None:
    engine = Engine(SYSTEM)
    engine.start()
    engine.stop()
    engine.post(lambda: pytest.fail("ran"))


def test_parts_are_made_once_and_closed_with_the_engine() -> None:
    closed: list[int] = []

    class Shared:
        def __init__(self, engine: Engine) -> None:
            self.engine = engine

        def close(self) -> None:
            closed.append(os.getpid())

    engine = Engine(SYSTEM)
    engine.start()
    driver = Driver(engine)
    first = driver.on_engine(lambda: engine.part(Shared))
    assert driver.on_engine(lambda: engine.part(Shared)) is first
    engine.stop()
    assert len(closed) == 1
