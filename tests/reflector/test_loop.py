import logging
import socket
import threading

import pytest

from ispstatus.clock import SYSTEM
from ispstatus.reflector import loop as loop_module
from ispstatus.reflector.loop import READ, WRITE, Loop
from tests.reflector.kit import WAIT_S, until


def test_a_socket_that_is_ready_is_told_of_until_it_is_forgotten() -> None:
    loop, seen = Loop(SYSTEM), []
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def ready(events: int) -> None:
            seen.append((events, ours.recv(10)))
            loop.forget(ours)
            loop.forget(ours)
            loop.stop()

        loop.watch(ours, ready)
        theirs.send(b"hello")
        loop.run()
        loop.close()

    assert seen == [(READ, b"hello")]


def test_the_events_of_a_socket_can_be_changed() -> None:
    loop, seen = Loop(SYSTEM), []
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def ready(events: int) -> None:
            seen.append(events)
            loop.stop()

        loop.watch(ours, ready)
        loop.want(ours, READ)
        loop.want(ours, READ | WRITE)
        loop.run()
        loop.close()

    assert seen == [WRITE]


def test_it_can_be_stopped_from_another_thread_while_it_waits() -> None:
    loop = Loop(SYSTEM)
    thread = threading.Thread(target=loop.run)
    thread.start()

    loop.stop()
    thread.join(WAIT_S)

    assert not thread.is_alive()
    loop.close()
    loop.stop()  # a second signal comes when everything is closed


def test_something_may_be_done_each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "TICK_S", 0.01)
    loop, ticks = Loop(SYSTEM), []
    loop.each_second(lambda: ticks.append(1))
    thread = threading.Thread(target=loop.run)
    thread.start()

    until(lambda: len(ticks) >= 3)

    loop.stop()
    thread.join(WAIT_S)
    loop.close()


def test_an_action_that_fails_is_logged_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    loop, done = Loop(SYSTEM), []
    one, two = socket.socketpair()
    with one, two:

        def fail(_events: int) -> None:
            loop.forget(one)
            raise RuntimeError("broken")

        def succeed(_events: int) -> None:
            done.append(1)
            loop.stop()

        loop.watch(one, fail)
        one.send(b"to two")
        two.send(b"to one")
        loop.watch(two, succeed)
        loop.run()
        loop.close()

    assert done == [1]
    assert "an action of the reflector failed" in caplog.text


def test_a_socket_closed_earlier_in_the_turn_is_not_told_of() -> None:
    loop, told = Loop(SYSTEM), []
    one, other_one = socket.socketpair()
    two, other_two = socket.socketpair()
    with one, other_one, two, other_two:
        sockets = [one, two]

        def ready(sock: socket.socket) -> None:
            told.append(sock)
            for each in sockets:
                loop.forget(each)
            loop.stop()

        for sock, other in ((one, other_one), (two, other_two)):
            other.send(b"x")
            loop.watch(sock, lambda _events, sock=sock: ready(sock))  # type: ignore[misc]
        loop.run()
        loop.close()

    assert len(told) == 1
